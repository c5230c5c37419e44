package jobs

import "context"

// Kill makes the client behave as if its process had been killed: no heartbeat, no outcome, no further claim.
func (c *Client) Kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = true
}

// BeatenAt returns when leases were last renewed, as unix microseconds of the client's clock.
func (c *Client) BeatenAt() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.beaten.UnixMicro()
}

// Claim takes what is due on the default queue and returns how many jobs that were.
func Claim(c *Client, ctx context.Context) (int, error) {
	got, err := c.claim(ctx, DefaultQueue, 10)
	return len(got), err
}

// Renew renews the leases now, as the heartbeat does.
func (c *Client) Renew(ctx context.Context) { c.renew(ctx) }
