// Package connector owns connections to tools: their settings and credentials, chosen scopes, runs with cursors, the raw
// pages runs and webhooks brought, and what could not be mapped. Each tool is a leaf package below it that
// implements [Connector].
package connector
