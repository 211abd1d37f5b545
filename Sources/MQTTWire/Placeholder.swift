enum MQTTWirePlaceholder {}
