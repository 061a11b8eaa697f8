package view

// box is a panel's place.
type box struct {
	id panelID
	area
	bare bool // without a line for its title
}

// layout is where everything stands on a screen of one size.
type layout struct {
	header, tabs, footer area
	list                 box
	boxes                []box // the other panels that are shown
}

// arrange finds a place for everything. A large screen shows all panels; a narrow but high one shows
// them below each other; a small one shows the list and the opened panel, and tabs for the others.
func (s *state) arrange(w, h int) layout {
	l := layout{header: area{0, 0, w, min(h, 1)}, footer: area{0, h - 1, w, 1}}
	body := area{0, 1, w, max(h-2, 0)}
	switch {
	case w >= 100 && body.h >= 22:
		s.wide(&l, body)
	case body.h >= 38:
		s.stacked(&l, body)
	default:
		s.tabbed(&l, body)
	}
	return l
}

// top cuts a piece of a height off the top of an area.
func (a *area) top(h int) area {
	h = max(min(h, a.h), 0)
	cut := area{a.x, a.y, a.w, h}
	a.y += h
	a.h -= h
	return cut
}

func between(low, n, high int) int { return max(low, min(n, high)) }

// wide has two columns below the list.
func (s *state) wide(l *layout, body area) {
	l.list = box{id: listPanel, area: body.top(between(4, len(s.transfers)+1, body.h/3))}
	left, right := body, body
	left.w = body.w * 3 / 5
	right.x, right.w = left.x+left.w+2, body.w-left.w-2
	peers := left.top(left.h * 3 / 5)
	rates := right.top(between(5, right.h/4, 14))
	pieces := right.top(between(5, s.mapHeight(right.w), right.h*3/5))
	facts := right.top(min(max(len(s.detail.Facts), 1)+1, right.h/2))
	l.boxes = []box{
		{id: peersPanel, area: peers}, {id: piecesPanel, area: pieces}, {id: ratesPanel, area: rates},
		{id: findersPanel, area: right}, {id: factsPanel, area: facts}, {id: logPanel, area: left},
	}
}

// mapHeight is the height of a panel that shows each piece: its title, the map, how often pieces are
// there, and what the marks mean.
func (s *state) mapHeight(w int) int {
	return (len(s.detail.Pieces)+w-1)/w + 3
}

// stacked has one column.
func (s *state) stacked(l *layout, body area) {
	l.list = box{id: listPanel, area: body.top(between(4, len(s.transfers)+1, body.h/5))}
	rates := body.top(7)
	pieces := body.top(between(5, s.mapHeight(body.w), body.h/4))
	peers := body.top(body.h * 2 / 5)
	finders := body.top(between(3, len(s.detail.Finders)+1, body.h/4))
	facts := body.top(min(max(len(s.detail.Facts), 1)+1, body.h/3))
	l.boxes = []box{
		{id: peersPanel, area: peers}, {id: piecesPanel, area: pieces}, {id: ratesPanel, area: rates},
		{id: findersPanel, area: finders}, {id: factsPanel, area: facts}, {id: logPanel, area: body},
	}
}

// tabbed has the list and one panel.
func (s *state) tabbed(l *layout, body area) {
	bare := body.h < 14
	lines := max(len(s.transfers), 1)
	if !bare {
		lines++
	}
	l.list = box{id: listPanel, area: body.top(min(lines, max(body.h/3, 1))), bare: bare}
	l.tabs = body.top(1)
	l.boxes = []box{{id: s.opened, area: body, bare: bare}}
}

// shown are the panels that can have the focus, in the order in which it goes round. With tabs it goes
// round all of them.
func (l *layout) shown() []panelID {
	ring := []panelID{listPanel}
	if l.tabs.h > 0 {
		for id := listPanel + 1; id < panelCount; id++ {
			ring = append(ring, id)
		}
		return ring
	}
	for _, b := range l.boxes {
		ring = append(ring, b.id)
	}
	return ring
}
