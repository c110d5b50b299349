"""The numpy twin with the neighbours as a sparse matrix."""

from typing import Any

import numpy as np
from scipy import sparse
from twins import numpy_columns


class Twin(numpy_columns.Twin):
    """Neighbours are added up by a product."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        super().__init__(arrays, numbers)
        n, ones = len(self.trust), np.ones(len(self.neighbours))
        self.matrix = sparse.csr_matrix(
            (ones, self.neighbours.astype(np.int32), self.starts.astype(np.int32)), shape=(n, n)
        )

    def around(self, values: Any) -> Any:
        """The sum of `values` over everybody's neighbours."""
        return self.matrix @ values
