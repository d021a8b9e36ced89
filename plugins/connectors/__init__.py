"""How to talk to Xiaoe-tong (小鹅通) and Mingdao HAP (明道云); knows nothing of our business."""
