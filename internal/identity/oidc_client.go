package identity

type issuer struct{}
