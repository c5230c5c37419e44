package valuestream

// reasonSentences explain why a value does not rest on enough data.
var reasonSentences = map[string]string{
	"":                    "",
	"no_deployments":      "No deployment to environments of this class is known.",
	"no_data":             "Nothing in this window to compute it from.",
	"too_few_changes":     "Fewer than 6 changes: a median of so few has no 95 % interval.",
	"too_few_failures":    "Fewer than 6 recoveries: a median of so few has no 95 % interval.",
	"too_few_deployments": "Too few deployments in this window: one more or less would move the value a lot.",
	"window_too_short":    "The window holds less than 7 days.",
}

var missingSentences = map[Missing]string{
	MissingApplications: "The scope holds no application you may see.",
	MissingDeployments:  "No deployment is known. Connect a tool that deploys, or send deployments from your pipeline.",
	MissingClass:        "Deployments are known, but no rule says which environments are of this class.",
	MissingCommits:      "No deployment names a commit that is known. Connect the repository, or send commits.",
	MissingChain:        "Each application was deployed only once so far: how long its changes waited shows from the second deployment on.",
	MissingIncidents:    "No incident is known. Failed deployments and rollbacks count, failures in service do not yet.",
}

// itemSentences explain why an item is left out.
var itemSentences = [reasonCount]string{
	ReasonFirstDeployment:    "The first known deployment of this class: when its changes went out before is not known.",
	ReasonUnrelatedHistory:   "Its history has nothing in common with what was deployed before, so what is new in it is not known.",
	ReasonNotDeployed:        "Merged, and in no deployment of this class yet.",
	ReasonMergeCommitUnknown: "Merged, but its merge commit is not known, so no deployment can be shown to contain it.",
	ReasonFirstCommitUnknown: "When its first commit was made is not known.",
	ReasonNotMerged:          "Deployed without having been merged.",
	ReasonNotFinished:        "Not finished, or finished without a result.",
	ReasonCancelled:          "Cancelled.",
	ReasonFailedAttempt:      "Failed, so nothing was delivered.",
	ReasonRetried:            "Failed and succeeded at once on retry: the two count as one deployment.",
	ReasonIncidentOpen:       "An incident it is blamed for is not resolved.",
	ReasonNotRecovered:       "No later deployment has made it good yet.",
	ReasonUnattributed:       "No deployment is suspicious enough to have caused it.",
	ReasonNoCandidate:        "No deployment came before it that could have caused it.",
	ReasonOverriddenNone:     "Somebody decided that no deployment caused it.",
	ReasonCommitUnknown:      "The deployed commit is not known.",
	ReasonNoCommit:           "No commit is named.",
}
