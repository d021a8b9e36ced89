"""A Xiaoe-tong (小鹅通) shop behind its open API, after the public documentation."""
