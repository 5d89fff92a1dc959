// MakeWrapper
