"""Generic machinery: the language of models, and everything that is asked of a model. It knows nothing of AWS."""
