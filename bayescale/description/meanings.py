"""What the columns of a table probably are, by names and values: inputs, response, identity, attempts."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayescale.data.aliases import AMBIGUOUS, SYNONYMS, normalized
from bayescale.data.columns import as_numbers
from bayescale.data.quantities import KNOWN, SMALLEST_COUNT, weight_columns
from bayescale.data.units import LOSS_WORDS, kind_of

#: Other names of inputs and responses of laws, written as `normalized` writes them, the best first.
INPUT_SYNONYMS: dict[str, tuple[str, ...]] = {
    "n_params": (
        *("params", "parameters", "num_params", "num_parameters", "n_parameters", "param_count", "model_params"),
        *("total_params", "model_size", "n", "size"),
    ),
    "n_params_nonemb": (
        *("non_embedding_params", "nonembedding_params", "params_nonemb", "n_params_non_embedding", "nonemb_params"),
        *("num_non_embedding_params", "non_embedding_parameters", "params_non_embedding"),
    ),
    "n_params_active": ("active_params", "n_active", "activated_params", "params_active", "n_active_params"),
    "n_params_nonvocab": ("non_vocab_parameters", "non_vocab_params", "nonvocab_params", "n_nonvocab_params"),
    "n_params_vocab": ("vocab_parameters", "vocab_params", "n_vocab_params", "embedding_params"),
    "n_tokens": (
        *("tokens", "num_tokens", "train_tokens", "training_tokens", "tokens_seen", "total_tokens", "n_train_tokens"),
        *("tokens_trained", "data_tokens", "consumed_tokens", "d"),
    ),
    "n_unique_tokens": ("unique_tokens", "num_unique_tokens", "tokens_unique"),
    "n_finetune_tokens": (
        *("finetune_tokens", "finetuning_tokens", "fine_tuning_tokens", "ft_tokens", "n_finetuning_tokens"),
        *("n_fine_tuning_tokens", "tokens_finetune", "finetune_examples", "finetuning_examples"),
    ),
    "n_params_tuned": (
        *("trainable_params", "tuned_params", "n_trainable_params", "num_trainable_params", "trainable_parameters"),
        *("adapter_params", "lora_params"),
    ),
    "flops": (
        *("flop", "compute", "train_flops", "training_flops", "total_flops", "training_compute", "compute_flops"),
        *("train_compute", "c"),
    ),
    "lr": ("learning_rate", "peak_lr", "max_lr", "peak_learning_rate", "max_learning_rate", "base_lr"),
    "batch_size": ("global_batch_size", "batch", "bs", "train_batch_size", "batch_tokens"),
    "seq_len": ("sequence_length", "seq_length", "context_length", "context", "ctx_len", "max_seq_len"),
    "vocab_size": ("vocab", "vocabulary", "vocabulary_size", "n_vocab"),
    "epochs": ("num_epochs", "n_epochs", "epoch"),
    "bits": ("weight_bits", "bit_width", "n_bits"),
    "pruned_share": ("pruning_ratio", "pruned_fraction", "pruning_rate", "prune_ratio"),
    "n_experts": ("experts", "num_experts", "expert_count"),
    "steps": ("train_steps", "max_steps", "total_steps", "num_steps", "n_steps", "training_steps"),
    "examples": ("num_examples", "n_examples", "n_train", "dataset_size", "samples_seen", "num_samples", "images_seen"),
    "shots": ("n_shots", "num_shots", "n_shot", "num_demonstrations", "demonstrations", "in_context_examples"),
    "loss": (
        *("val_loss", "validation_loss", "eval_loss", "test_loss", "final_loss", "valid_loss", "heldout_loss"),
        *("val_nll", "nll", "cross_entropy", "loss_nats", "train_loss", "training_loss", "lm_loss", "loss_eval"),
        *("loss_val", "eval_nll", "perplexity", "ppl", "val_ppl", "val_perplexity", "bpb", "bits_per_byte"),
    ),
    "teacher_loss": ("loss_teacher", "teacher_val_loss", "teacher_cross_entropy", "teacher_ce", "teacher_nll"),
    "initial_loss": ("loss_before", "pretrained_loss", "base_loss", "loss_initial", "loss_before_finetuning"),
    "injected_share": (
        *("injected_fraction", "injection_ratio", "injection_fraction", "replay_share", "replay_fraction"),
        "replay_ratio",
    ),
    "source_loss": ("loss_0", "loss_source"),
    "unigram_normalised_loss": ("unigram_normalized_loss", "lossu", "loss_u"),
    "domain_share": ("domain_ratio", "mixture_ratio", "domain_weight"),
    "error": ("error_rate", "err", "test_error", "val_error", "top1_error", "error_top1"),
    "accuracy": ("acc", "test_accuracy", "val_accuracy", "top1", "accuracy_top1", "eval_accuracy", "val_acc"),
    "pass_rate": ("solve_rate",),
}
#: Other names of the columns of trials.
TRIAL_SYNONYMS: dict[str, tuple[str, ...]] = {
    "problem": (
        *("problem_id", "task_id", "prompt_id", "question_id", "instance_id", "behavior", "behaviour", "behavior_id"),
        *("behaviour_id", "goal", "prompt", "question", "example_id", "item", "item_id", "doc_id", "sample_id", "task"),
        *("index", "id"),
    ),
    "attempts": (
        *("n_attempts", "num_attempts", "n_samples", "num_samples", "samples", "n_trials", "num_trials", "trials"),
        *("total", "n"),
    ),
    "successes": (
        *("n_successes", "num_successes", "n_correct", "num_correct", "correct_count", "n_passed", "num_passed"),
        *("passes", "c", "num_success", "n_success", "hits"),
    ),
    "success": (
        *("is_correct", "correct", "passed", "pass", "is_success", "solved", "resolved", "jailbroken", "is_jailbroken"),
        *("verdict", "broken", "harmful", "succeeded", "reward", "score"),
    ),
    "attempt": ("attempt_id", "trial", "trial_id", "sample", "sample_index", "epoch", "repeat"),
}
#: Words after a name that give the factor of a count.
_FACTORS = {
    **dict.fromkeys(("k", "thousand", "thousands"), "thousands"),
    **dict.fromkeys(("m", "mm", "mio", "million", "millions"), "millions"),
    **dict.fromkeys(("b", "bn", "billion", "billions", "g"), "billions"),
    **dict.fromkeys(("t", "tn", "trillion", "trillions"), "trillions"),
    **dict.fromkeys(("pf", "pflops", "petaflop", "petaflops"), "petaflops"),
    **dict.fromkeys(("ef", "eflops", "exaflop", "exaflops"), "exaflops"),
    **dict.fromkeys(("zf", "zflops", "zettaflop", "zettaflops"), "zettaflops"),
}
_RESERVED = {"row", *SYNONYMS}
_MANY_BILLIONS = 200  # a largest size above this, given in small numbers, is in millions


@dataclass(frozen=True)
class Meaning:
    """What a column is read as.

    Attributes
    ----------
    column : str
        Name in the source.
    name : str
        Our name; "" where the column has no known meaning.
    unit : str, default ""
        The unit that is to be declared; "" where the values are in the usual one.
    sure : bool, default True
        False where the name or the unit is a guess from the values.
    """

    column: str
    name: str
    unit: str = ""
    sure: bool = True


def meanings_of_runs(table: pd.DataFrame, response: str | None = None) -> list[Meaning]:
    """Return what the columns of a table of runs probably are.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows as the source has them.
    response : str, optional
        Name of the measured column, where it is known.

    Returns
    -------
    list of Meaning
        One per column, in their order. No name is given twice.
    """
    known = (*KNOWN, *weight_columns(table.columns))
    names = _matched(table.columns, {**dict.fromkeys(known, ()), **INPUT_SYNONYMS}, fixed=(response,))
    names |= _matched([name for name in table.columns if name not in names], dict(SYNONYMS))
    taken = {*names.values()}
    for column in table.columns:
        if column not in names and normalized(column) in AMBIGUOUS:
            free = next((name for name in ("family", "run") if name not in taken), "")
            if free and len(set(table[column])) > 1:
                names[column] = free
                taken.add(free)
    measured = response or ("loss" if "loss" in names.values() else "")
    return [_meaning(table, str(column), names.get(column, ""), measured) for column in table.columns]


def meanings_of_trials(columns: Collection[str]) -> list[Meaning]:
    """Return what the columns of a table of trials probably are.

    Parameters
    ----------
    columns : collection of str
        Their names.

    Returns
    -------
    list of Meaning
        One per column, in their order.
    """
    names = _matched(columns, TRIAL_SYNONYMS)
    if {"attempts", "successes"} <= set(names.values()):
        names = {column: name for column, name in names.items() if name not in ("success", "attempt")}
    elif "success" in names.values():
        names = {column: name for column, name in names.items() if name not in ("attempts", "successes")}
    return [Meaning(column, names.get(column, "")) for column in columns]


def _matched(
    columns: Sequence[str] | Collection[str], synonyms: Mapping[str, Sequence[str]], fixed: Sequence[str | None] = ()
) -> dict[str, str]:
    """Our names by column: exact names first, then synonyms in their order; each name once."""
    out: dict[str, str] = {column: column for column in columns if column in fixed or column in synonyms}
    spelled = {column: _without_unit(column)[0] for column in columns if column not in out}
    for name, others in synonyms.items():
        if name in out.values():
            continue
        for spelling in (name, *others):
            match = next((column for column, text in spelled.items() if text == spelling and column not in out), None)
            if match is not None:
                out[match] = name
                break
    return out


def _without_unit(column: str) -> tuple[str, str]:
    """The normalized name without a factor after it, and the factor: ("params", "millions") of "Params (M)"."""
    name = normalized(column)
    if name in _RESERVED:
        return name, ""
    if name in _FACTORS and column.lower().startswith("params"):  # "params_" is a prefix of trackers, too
        return "params", _FACTORS[name]
    head, _, tail = name.rpartition("_")
    if head and tail in _FACTORS:
        return head.removesuffix("_in"), _FACTORS[tail]
    return name, ""


def _meaning(table: pd.DataFrame, column: str, name: str, response: str) -> Meaning:
    if not name:
        return Meaning(column, "")
    kind, (_, factor) = kind_of(name, response), _without_unit(column)
    values = as_numbers(table[column])[0]
    finite = values[np.isfinite(values)]
    most = float(finite.max()) if len(finite) else np.nan
    if kind in ("count", "flops"):
        if factor:
            return Meaning(column, name, factor)
        if kind == "count" and most < SMALLEST_COUNT:
            return Meaning(column, name, "millions" if most > _MANY_BILLIONS else "billions", sure=False)
    if kind == "loss":
        words = re.sub(r"[^a-z]+", " ", normalized(column))
        unit = next((unit for unit, word in LOSS_WORDS.items() if re.search(rf"\b({word})\b", words)), "")
        return Meaning(column, name, unit if unit not in ("", "nats") else "")
    if kind == "share" and 1 < most <= 100:
        return Meaning(column, name, "percent", sure=False)
    return Meaning(column, name)
