"""Attributes that are measured on the log-mel of a clip: one file each, named by `attributes`.

They stand beside the factors of a corpus, which need no measuring. Both of these two are simpler
than the models of brightness and depth of Audio Commons (Pearce et al. 2019), which are fitted to
listeners' ratings and read sound. See each file.
"""
