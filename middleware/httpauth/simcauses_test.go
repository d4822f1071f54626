package httpauth_test

// cause is why something was lost that a person might have expected to keep. What
// is lost without one of these is a bug.
type cause string

const (
	noCause cause = ""

	// The person wanted it.
	signedOut    cause = "the person signed out"
	signedInAnew cause = "the person signed in as somebody else"

	// One browser has one session cookie, and the last answer wins.
	lateSignOut   cause = "a sign-out that was sent before a sign-in arrived after it"
	lateAnswer    cause = "an answer of the session of before arrived after a sign-in"
	lateRefusal   cause = "an answer that takes an ended session away arrived after a sign-in"
	signInsMet    cause = "a sign-in was under way while the person signed out or signed in elsewhere"
	signInCleared cause = "a sign-in under way lost its cookies to a sign-out, or to newer sign-ins"
	signInSlow    cause = "a sign-in took more than a quarter of an hour"

	// A refresh token can be spent once.
	noCoordinator     cause = "two instances spent one refresh token: they share no coordinator, and the provider had no grace for it"
	coordinatorDown   cause = "two instances spent one refresh token while their coordinator was out of order"
	oldToken          cause = "an instance preferred a later state with a refresh token that another instance had replaced"
	answerDropped     cause = "the provider's answer was lost after it had replaced the refresh token"
	refusedByProvider cause = "the provider refused the refresh token of its own accord"
	endedWithSignOut  cause = "the provider ended the tokens at a sign-out whose answer did not arrive"

	// Memory ends: that of an instance with its process, any after a quarter of an hour.
	restarted    cause = "an instance was restarted while the browser had an older state"
	memoryOver   cause = "the older state came more than a quarter of an hour after the newer one was made"
	elsewhere    cause = "the newer state was made by another instance, and they share no memory of states"
	unburied     cause = "an answer arrived more than a quarter of an hour after the sign-out"
	manyAtOnce   cause = "more sessions began and ended in one second than a tombstone names"
	withinSecond cause = "it began in the second of a sign-out or sign-in that did not show it, and tombstones are no finer"

	// Not silently.
	overtaken   cause = "a change met another one; its client was told"
	conflicting cause = "the session's cookie came twice with different values"
	unused      cause = "the session was not used for its whole life"
)
