"""Client of the Xiaoe-tong (小鹅通) open API; reads only, it has no call that changes the shop."""
