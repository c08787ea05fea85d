"""Files of functions that make claims (`found_by`), found by their place."""
