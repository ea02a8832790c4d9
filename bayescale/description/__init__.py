"""What a table probably is, before anything is fitted: meanings of columns, design, laws that fit, what is missing."""
