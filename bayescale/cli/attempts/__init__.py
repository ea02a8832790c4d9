"""Commands on repeated attempts: risk, next attempts, temperatures, policies, rewards; judges and tables of trials."""
