"""Counting the letter sequences of many texts: each different word is taken apart once."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer


def count_ngrams(texts: Sequence[str], vectorizer: HashingVectorizer) -> csr_matrix:
    """How often each letter sequence stands in each text; shape (texts, the vectorizer's features).

    The same as `vectorizer.transform`, in a fraction of the time: sequences of the analyzer "char_wb" never go beyond a
    word, and most words of a package come again and again. The vectorizer must not normalise.
    """
    number_of: dict[str, int] = {}
    words, ends = [], [0]
    for text in texts:
        words += [number_of.setdefault(word, len(number_of)) for word in text.split()]
        ends.append(len(words))
    if not number_of:
        return csr_matrix((len(texts), vectorizer.n_features), dtype=np.float32)
    ones = np.ones(len(words), dtype=np.float32)
    words_of_texts = csr_matrix((ones, words, ends), shape=(len(texts), len(number_of)))
    return csr_matrix(words_of_texts @ vectorizer.transform(list(number_of)).astype(np.float32))
