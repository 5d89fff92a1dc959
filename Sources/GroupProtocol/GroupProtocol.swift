// GroupProtocol
