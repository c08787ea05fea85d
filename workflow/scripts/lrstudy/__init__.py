"""Library of the study: one module a stage, each reading only what the stage before it wrote."""
