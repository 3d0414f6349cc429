"""What may become the model. Each is additive, so that it is scored by one table and its factors are exact."""

from collections.abc import Callable, Mapping

import numpy as np

from orchestration.scoring.additive import Additive
from orchestration.scoring.bins import Bins
from orchestration.scoring.frame import Column

Fit = Callable[[Mapping[str, Bins], Column, Column], Additive]

SEED = 20260101
STRENGTH = 0.1
ROUNDS = 80


def logistic(bins: Mapping[str, Bins], codes: Column, label: Column) -> Additive:
    """Logistic regression with a ridge: a straight line over a number's bins, and what each bin departs from it."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    lines = [_line(of_feature, column) for of_feature, column in zip(bins.values(), codes.T, strict=True)]
    ends = np.cumsum([of_feature.count for of_feature in bins.values()])
    starts = ends - [of_feature.count for of_feature in bins.values()]
    with_line = [number for number, line in enumerate(lines) if line is not None]
    columns = [codes + starts.astype(np.int32)]
    values = [np.ones(codes.shape)]
    for place, number in enumerate(with_line):
        columns.append(np.full((len(codes), 1), ends[-1] + place, np.int32))
        values.append(lines[number][codes[:, [number]]])
    width = sum(part.shape[1] for part in columns)
    rows = csr_matrix(
        (np.hstack(values).ravel(), np.hstack(columns).ravel(), np.arange(len(codes) + 1) * width),
        shape=(len(codes), int(ends[-1]) + len(with_line)),
    )
    model = LogisticRegression(C=STRENGTH, solver="lbfgs", max_iter=200, tol=1e-4)
    model.fit(rows, label)
    weights = model.coef_[0]
    found = [weights[start:end].copy() for start, end in zip(starts, ends, strict=True)]
    for place, number in enumerate(with_line):
        found[number] += weights[ends[-1] + place] * lines[number]
    return Additive.centred(bins, codes, found, float(model.intercept_[0]))


def boosting(bins: Mapping[str, Bins], codes: Column, label: Column) -> Additive:
    """Gradient boosting in which no tree looks at two features."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    texts = [number for number, of_feature in enumerate(bins.values()) if of_feature.is_text]
    model = HistGradientBoostingClassifier(
        learning_rate=0.1,
        max_iter=ROUNDS,
        max_leaf_nodes=6,
        min_samples_leaf=50,
        l2_regularization=5.0,
        interaction_cst="no_interactions",
        categorical_features=texts or None,
        early_stopping=False,
        random_state=SEED,
    )
    model.fit(codes.astype(float), label)
    # As nothing interacts, what a bin adds is what it changes in any row.
    base = np.zeros((1, codes.shape[1]))
    start = float(model.decision_function(base)[0])
    found = []
    for number, of_feature in enumerate(bins.values()):
        rows = np.repeat(base, of_feature.count, axis=0)
        rows[:, number] = np.arange(of_feature.count)
        found.append(model.decision_function(rows) - start)
    return Additive.centred(bins, codes, found, start)


CANDIDATES: Mapping[str, Fit] = {"logistic": logistic, "boosting": boosting}


def _line(bins: Bins, codes: Column) -> Column | None:
    """Where a number's bins lie on a line by their rank, with mean 0 and deviation 1; what is not known is at 0."""
    if bins.is_text or bins.count < 4:
        return None
    places = np.arange(bins.count, dtype=float)
    seen = np.bincount(codes, minlength=bins.count).astype(float)
    seen[-1] = 0
    if np.count_nonzero(seen) < 3:
        return None
    mean = np.average(places, weights=seen)
    line = (places - mean) / np.sqrt(np.average((places - mean) ** 2, weights=seen))
    line[-1] = 0
    return line
