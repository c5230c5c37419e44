package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"millrace/internal/cli"
	"millrace/internal/platform/authz"
)

type adminCmd struct {
	Create        adminCreateCmd `cmd:"" help:"Create an administrator."`
	ResetPassword adminResetCmd  `cmd:"" name:"reset-password" help:"Set the password of an account anew and unlock it."`
}

type passwordInput struct {
	PasswordStdin bool `name:"password-stdin" required:"" help:"Read the password from standard input."`
}

func (passwordInput) read() (string, error) {
	raw, err := io.ReadAll(io.LimitReader(os.Stdin, 4096))
	if err != nil {
		return "", err
	}
	password := strings.TrimRight(string(raw), "\r\n")
	if password == "" {
		return "", cli.UsageError{Message: "the password on standard input is empty"}
	}
	return password, nil
}

type adminCreateCmd struct {
	storage
	passwordInput
	Email string `required:"" help:"Address to sign in with."`
	Name  string `help:"Name; the part of the address before the @ when left out."`
}

// Run creates the administrator.
func (c *adminCreateCmd) Run(h *host) error {
	password, err := c.read()
	if err != nil {
		return err
	}
	a, _, _, err := c.open(h.ctx, nil)
	if err != nil {
		return err
	}
	defer a.Close()
	name := c.Name
	if name == "" {
		name, _, _ = strings.Cut(c.Email, "@")
	}
	ctx := authz.With(h.ctx, authz.System("Command line"))
	if _, err := a.Identity.CreateAdministrator(ctx, c.Email, name, password); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s is an administrator now.\n", c.Email)
	return nil
}

type adminResetCmd struct {
	storage
	passwordInput
	Email string `required:"" help:"Address of the account."`
}

// Run sets the password.
func (c *adminResetCmd) Run(h *host) error {
	password, err := c.read()
	if err != nil {
		return err
	}
	a, _, _, err := c.open(h.ctx, nil)
	if err != nil {
		return err
	}
	defer a.Close()
	return a.Identity.ResetPassword(authz.With(h.ctx, authz.System("Command line")), c.Email, password)
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Create an access token and print it, alone."`
}

type tokenCreateCmd struct {
	storage
	Email   string        `required:"" help:"Address of the account the token acts as."`
	Name    string        `required:"" help:"What the token is for."`
	Scope   []string      `help:"Permissions the token is narrowed to; may be repeated."`
	Expires time.Duration `help:"Life of the token, such as 720h; without end when left out."`
}

// Run prints the token.
func (c *tokenCreateCmd) Run(h *host) error {
	a, _, _, err := c.open(h.ctx, nil)
	if err != nil {
		return err
	}
	defer a.Close()
	var scopes []authz.Permission
	for _, s := range c.Scope {
		scopes = append(scopes, authz.Permission(s))
	}
	var expires *time.Time
	if c.Expires > 0 {
		t := time.Now().Add(c.Expires)
		expires = &t
	}
	token, err := a.Identity.CreateToken(authz.With(h.ctx, authz.System("Command line")), c.Email, c.Name, scopes, expires)
	if err != nil {
		return err
	}
	fmt.Println(token)
	return nil
}
