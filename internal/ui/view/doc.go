// Package view owns the full-screen view of transfers: a list with bars, and of the one that is chosen
// its peers, a map of its pieces, its rates over the last minutes, where peers are looked for, and the
// log. It is the only package that imports tcell.
//
// It must not know what a torrent is: it pulls values from a Source, several times a second, and shows
// them. Nothing that it shows or is told by a key changes the work. Text from outside goes through the
// escaper of ui before it is drawn.
//
// A command opens it like this, once transfers are under way and bars are shown:
//
//	stop, err := view.New(term, source).Start(ctx, watch)
//	if err != nil {
//		return err // the user asked for the view (watch), and there is no terminal for it
//	}
//	defer stop()
//
// Start returns at once. With watch the view is open from the beginning; else w or the space bar opens
// it while bars are shown. q leaves it, bars come back, and the work goes on. Bars and text that come
// while it is open are held by ui and written when it closes. Before the results of the run are told
// (the end of Progress, Summary), stop is called: it closes the view, if it is open, and leaves the
// terminal as it was found. When ctx is done the same happens at once.
package view
