package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// LoginCmd remembers a server and a token.
type LoginCmd struct {
	TokenStdin bool `name:"token-stdin" help:"Read the token from standard input."`
}

// Run checks the token against the server before it is kept.
func (l *LoginCmd) Run(c *Context) error {
	url, token := c.Global.URL, c.Global.Token
	if url == "" {
		return UsageError{"login needs --url"}
	}
	if l.TokenStdin {
		raw, err := io.ReadAll(io.LimitReader(c.In, 4096))
		if err != nil {
			return err
		}
		token = string(bytes.TrimSpace(raw))
	}
	if token == "" {
		return UsageError{"login needs a token: make one under Settings, Access tokens, and pass it with --token-stdin or MILLRACE_TOKEN"}
	}
	client := NewClient(url, token)
	var me struct {
		Person struct {
			Name string `json:"name"`
		} `json:"person"`
		Account struct {
			Name  string `json:"name"`
			Email string `json:"email"`
		} `json:"account"`
	}
	if err := client.Do(c.Ctx, http.MethodGet, "/me", nil, nil, &me); err != nil {
		return err
	}
	path, err := settings{URL: strings.TrimRight(url, "/"), Token: token}.save()
	if err != nil {
		return err
	}
	name := me.Person.Name
	if name == "" {
		name = me.Account.Name
	}
	fmt.Fprintf(c.Err, "Signed in to %s as %s. Kept in %s.\n", url, name, path)
	return nil
}
