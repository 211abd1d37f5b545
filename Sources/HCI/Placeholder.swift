enum HCIPlaceholder {}
