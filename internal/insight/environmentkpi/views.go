package environmentkpi

import "time"

// MeasureView is a figure with what it rests on.
type MeasureView struct {
	Value *float64 `json:"value" doc:"Null when there is nothing to compute it from, which is not 0."`
	N     int      `json:"n" doc:"How many items it rests on."`
	Items string   `json:"items,omitempty" doc:"The list that shows them, as a path below the address of the API."`
}

// SpreadView is how times spread, in hours.
type SpreadView struct {
	Median *float64 `json:"median"`
	P90    *float64 `json:"p90"`
	Mean   *float64 `json:"mean"`
	N      int      `json:"n"`
	Items  string   `json:"items,omitempty"`
}

// WindowView is the time a report is about.
type WindowView struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Month   string    `json:"month,omitempty" doc:"When it is a calendar month." example:"2026-10"`
	Zone    string    `json:"zone" doc:"The time zone in which months and hours begin."`
	Partial bool      `json:"partial" doc:"Whether a part of it is still to come: bookings ahead count, signs of life cannot."`
}

// NamedView is a record by its name.
type NamedView struct {
	ID   string `json:"id"`
	Key  string `json:"key,omitempty"`
	Name string `json:"name"`
}

// UtilisationView is capacity and what became of it. Hours are hours of one booking's place.
type UtilisationView struct {
	Environments MeasureView `json:"environments" doc:"How many environments counted."`
	Capacity     MeasureView `json:"capacityHours"`
	Booked       MeasureView `json:"bookedHours"`
	Used         MeasureView `json:"usedHours" doc:"Of bookings with a sign of life: a deployment or a confirmation."`
	Unused       MeasureView `json:"unusedHours" doc:"Booked, without a sign of life."`
	Idle         MeasureView `json:"idleHours" doc:"Capacity that nobody held."`
	BookedShare  MeasureView `json:"bookedShare" doc:"Booked hours in capacity, 0 to 1."`
	UsedShare    MeasureView `json:"usedShare" doc:"Used hours in capacity, 0 to 1."`
}

// HeatView is one hour of the week.
type HeatView struct {
	Weekday  int      `json:"weekday" minimum:"1" maximum:"7" doc:"1 is Monday."`
	Hour     int      `json:"hour" minimum:"0" maximum:"23"`
	Capacity float64  `json:"capacityHours"`
	Booked   *float64 `json:"bookedShare"`
	Used     *float64 `json:"usedShare"`
}

// StatusView counts bookings of a status.
type StatusView struct {
	Status string `json:"status" enum:"requested,approved,rejected,waiting,cancelled,ended,expired"`
	N      int    `json:"n"`
	Items  string `json:"items"`
}

// BookingsView is what became of the bookings of a window.
type BookingsView struct {
	Total     MeasureView  `json:"total"`
	ByStatus  []StatusView `json:"byStatus" nullable:"false"`
	Rejection MeasureView  `json:"rejectionRate" doc:"Rejected in those decided, 0 to 1."`
	Contested MeasureView  `json:"contestedRate" doc:"Bookings that clashed with another in those asked for, 0 to 1."`
	NoShow    MeasureView  `json:"noShowRate" doc:"Held bookings that are over without a sign of life, 0 to 1."`
	Freed     MeasureView  `json:"freedUnused" doc:"Bookings that were freed because nobody used them."`
	Decision  SpreadView   `json:"decisionHours" doc:"From asking to a person's decision."`
	Waited    SpreadView   `json:"waitlistHours" doc:"On the waitlist, of those that left it by promotion."`
	Waiting   MeasureView  `json:"waiting" doc:"How many wait now."`
}

// RequestsView is how long requests of a kind took.
type RequestsView struct {
	Kind     string      `json:"kind" enum:"booking_request,environment_change_request"`
	Hours    SpreadView  `json:"hours" doc:"From submission to completion, of those completed in the window."`
	Breaches MeasureView `json:"breachRate" doc:"Stays on a status that passed the agreed time, 0 to 1; n are the stays with one."`
	Breached int         `json:"breached"`
}

// OutagesView is how long environments were out.
type OutagesView struct {
	Unplanned MeasureView `json:"unplannedHours"`
	Planned   MeasureView `json:"plannedHours"`
	Detect    SpreadView  `json:"detectHours"`
	Find      SpreadView  `json:"findHours"`
	Restore   SpreadView  `json:"restoreHours"`
}

// TrendView is one month of the trend.
type TrendView struct {
	Month     string      `json:"month"`
	Partial   bool        `json:"partial"`
	Booked    MeasureView `json:"bookedShare"`
	Rejection MeasureView `json:"rejectionRate"`
	Contested MeasureView `json:"contestedRate"`
	Unplanned MeasureView `json:"unplannedHours"`
	Planned   MeasureView `json:"plannedHours"`
	Detect    MeasureView `json:"detectHours"`
	Find      MeasureView `json:"findHours"`
	Restore   MeasureView `json:"restoreHours"`
}

// ChangeView compares the last month of the trend with the first, a year before. A change from 0 is null.
type ChangeView struct {
	Month     string   `json:"month" doc:"The last month of the trend."`
	Before    string   `json:"before" doc:"The month a year before."`
	Booked    *float64 `json:"bookedShare"`
	Rejection *float64 `json:"rejectionRate"`
	Contested *float64 `json:"contestedRate"`
	Unplanned *float64 `json:"unplannedHours"`
	Planned   *float64 `json:"plannedHours"`
	Restore   *float64 `json:"restoreHours"`
}

// DemandView is what was asked for against what there is.
type DemandView struct {
	ID       string   `json:"id" doc:"Empty for environments without one."`
	Name     string   `json:"name"`
	Demanded float64  `json:"demandedHours" doc:"All asked-for hours, also rejected and waiting ones."`
	Capacity float64  `json:"capacityHours"`
	Share    *float64 `json:"share" doc:"Demanded in capacity; above 1 more was asked for than there is."`
	N        int      `json:"n"`
	Items    string   `json:"items,omitempty"`
}

// ChargeView is what a unit, an application or a release is charged.
type ChargeView struct {
	ID     string  `json:"id" doc:"Empty for bookings without one."`
	Name   string  `json:"name"`
	Hours  float64 `json:"hours"`
	Amount *int64  `json:"amount" doc:"In minor units of the currency; null when none of the hours has a price."`
	N      int     `json:"n"`
	Items  string  `json:"items,omitempty"`
}

// CostView is cost and chargeback. Amounts are minor units of the currency.
type CostView struct {
	Currency    string       `json:"currency"`
	Capacity    *int64       `json:"capacity"`
	Booked      *int64       `json:"booked"`
	Idle        *int64       `json:"idle"`
	N           int          `json:"n" doc:"Environments with a price."`
	Items       string       `json:"items"`
	Unit        []ChargeView `json:"byUnit" nullable:"false" doc:"By the unit of the booking."`
	Application []ChargeView `json:"byApplication" nullable:"false"`
	Release     []ChargeView `json:"byRelease" nullable:"false"`
}

// ReportView is the report of a month or of any window.
type ReportView struct {
	Window        WindowView      `json:"window"`
	Unit          *NamedView      `json:"unit" doc:"Null: everything you may see."`
	Utilisation   UtilisationView `json:"utilisation"`
	Heat          []HeatView      `json:"heat" nullable:"false" doc:"The 168 hours of a week."`
	Bookings      BookingsView    `json:"bookings"`
	Requests      []RequestsView  `json:"requests" nullable:"false"`
	Outages       OutagesView     `json:"outages"`
	Trend         []TrendView     `json:"trend" nullable:"false" doc:"Thirteen months, the last being the one in which the window ends."`
	YearOnYear    ChangeView      `json:"yearOnYear" doc:"The change as a share of the year before: 0.1 is ten percent more."`
	ByUsage       []DemandView    `json:"demandByUsage" nullable:"false"`
	ByApplication []DemandView    `json:"demandByApplication" nullable:"false"`
	Cost          CostView        `json:"cost"`
}

// UseView is the use of one environment.
type UseView struct {
	Environment NamedView `json:"environment"`
	Unit        NamedView `json:"unit"`
	Application string    `json:"application"`
	Usage       string    `json:"usage"`
	Active      bool      `json:"active"`
	Capacity    float64   `json:"capacityHours"`
	Booked      float64   `json:"bookedHours"`
	Used        float64   `json:"usedHours"`
	Idle        float64   `json:"idleHours"`
	BookedShare *float64  `json:"bookedShare"`
	UsedShare   *float64  `json:"usedShare"`
	Bookings    int       `json:"bookings"`
	Items       string    `json:"items"`
}

// UseReportView is the use of environments, one by one.
type UseReportView struct {
	Window       WindowView      `json:"window"`
	Utilisation  UtilisationView `json:"utilisation"`
	Heat         []HeatView      `json:"heat" nullable:"false"`
	Environments []UseView       `json:"environments" nullable:"false" doc:"The busiest first."`
	Cost         CostView        `json:"cost"`
}

// ReplayView is what would have become of a booking.
type ReplayView struct {
	ID          string     `json:"id"`
	Reference   string     `json:"reference"`
	Title       string     `json:"title"`
	From        time.Time  `json:"from"`
	To          time.Time  `json:"to"`
	Outcome     Outcome    `json:"outcome" enum:"as_is,shifted,no_place"`
	Environment *NamedView `json:"environment" doc:"Where it would have gone."`
	ShiftHours  float64    `json:"shiftHours" doc:"How much later it would have begun."`
}

// AdviceView is advice about one environment.
type AdviceView struct {
	Environment NamedView    `json:"environment"`
	Application string       `json:"application"`
	Usage       string       `json:"usage"`
	Verdict     Verdict      `json:"verdict" enum:"retire,repurpose,keep"`
	Message     string       `json:"message" doc:"The advice and its reason in words."`
	For         *NamedView   `json:"for" doc:"The usage it should serve instead."`
	BookedShare *float64     `json:"bookedShare"`
	IdleHours   float64      `json:"idleHours"`
	Saves       *int64       `json:"saves" doc:"What its capacity cost in the window, in minor units; null without a price."`
	Bookings    int          `json:"bookings"`
	AsIs        int          `json:"asIs" doc:"Bookings that would have found an equivalent environment at their time."`
	Shifted     int          `json:"shifted"`
	NoPlace     int          `json:"noPlace"`
	ShiftHours  SpreadView   `json:"shiftHours" doc:"How much later the shifted ones would have begun."`
	Items       string       `json:"items"`
	Replay      []ReplayView `json:"replay,omitempty" doc:"Booking by booking, when one environment was asked for."`
}

// AdviceReportView is advice about all rarely booked environments.
type AdviceReportView struct {
	Window   WindowView   `json:"window" doc:"The three months that were replayed."`
	Currency string       `json:"currency"`
	Looked   int          `json:"looked" doc:"How many environments were looked at."`
	Items    []AdviceView `json:"items" nullable:"false"`
}
