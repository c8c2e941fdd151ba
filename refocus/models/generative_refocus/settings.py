"""How the published system runs its two networks. Needs no torch."""

DEFAULT_STEPS = 28
DEBLUR_GUIDANCE = 3.5
BOKEH_GUIDANCE = 1.0
