// NodeSchema
