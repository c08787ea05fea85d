"""Reference classifiers from scikit-learn on the splits that the networks saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from lrstudy.data.dataset import Dataset
from lrstudy.data.partition import outer_split

CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "majority": lambda: DummyClassifier(strategy="most_frequent"),
    "logistic": lambda: LogisticRegression(max_iter=1000, random_state=0),
    "svm": lambda: SVC(kernel="rbf"),
}
"""As scikit-learn sets them, nothing tuned: the majority class of the training rows, logistic
regression (L2 penalty, C = 1), a support vector machine (RBF kernel, C = 1, gamma = "scale")."""


def references_table(
    dataset: Dataset, protocols: Mapping[str, Any], runs: pd.DataFrame
) -> pd.DataFrame:
    """Train and score every classifier on every split of the given runs (see `REFERENCES`).

    Runs and protocols are those of this data set. They see what the networks see.
    """
    rows = []
    for name, protocol, number in sorted(
        runs[["dataset", "protocol", "split"]].drop_duplicates().itertuples(index=False, name=None)
    ):
        parts = outer_split(dataset, protocols, protocol, number)
        features = dataset.inputs(parts.train)
        for classifier, make in CLASSIFIERS.items():
            fitted = make().fit(features[parts.train], dataset.labels[parts.train])
            found = fitted.predict(features[parts.validation])
            rows.append(
                {
                    "dataset": name,
                    "protocol": protocol,
                    "split": number,
                    "classifier": classifier,
                    "n_validation": len(parts.validation),
                    "n_correct": int((found == dataset.labels[parts.validation]).sum()),
                }
            )
    return pd.DataFrame(rows)
