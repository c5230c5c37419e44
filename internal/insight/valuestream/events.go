package valuestream

import "millrace/internal/platform/events"

// The kinds of events of this slice.
const (
	// AttributionCorrected: a person put an incident down to a deployment or to none. Changes holds deploymentId.
	AttributionCorrected events.Kind = "valuestream.attribution_corrected"
	// AttributionReleased: a correction was taken back; the scores decide again.
	AttributionReleased events.Kind = "valuestream.attribution_released"
	// DerivationRequested: somebody had all metrics derived anew.
	DerivationRequested events.Kind = "valuestream.derivation_requested"
)

// Events declares them.
var Events = []events.Definition{
	{Kind: AttributionCorrected, Subject: "incident", Action: events.Modified, Sentence: "{actor} put the incident {subject} down to {cause}: {reason}"},
	{Kind: AttributionReleased, Subject: "incident", Action: events.Modified, Sentence: "{actor} left the cause of the incident {subject} to the scores again"},
	{Kind: DerivationRequested, Subject: "derivation", Action: events.Other, Sentence: "{actor} had all delivery metrics derived anew"},
}
