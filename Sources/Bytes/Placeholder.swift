enum BytesPlaceholder {}
