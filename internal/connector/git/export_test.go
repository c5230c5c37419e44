package git

// SetCommitsPerPage makes pages small enough for a short history to have several.
func SetCommitsPerPage(n int) (restore func()) {
	old := commitsPerPage
	commitsPerPage = n
	return func() { commitsPerPage = old }
}
