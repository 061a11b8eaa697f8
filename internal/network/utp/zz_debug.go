package utp

import "fmt"

func (c *Conn) Debug() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := &c.out
	var s string
	for seq := o.first; seq != o.next && seq-o.first < 8; seq++ {
		x := o.at(seq)
		s += fmt.Sprintf(" [%d f%d t%d sz%d age%v]", seq, x.fate, x.tries, x.size, c.mux.now()-x.at)
	}
	return fmt.Sprintf("st%d first %d next %d flying %d lost %d waiting %d unack %d wnd %d cwnd %.0f quick %v trip %+v alarm %v now %v resume %v quiet %v probe %v owed %v queued %v inack %d early %d ready %d told %d pace %+v %s",
		c.state, o.first, o.next, o.flying, o.lost, o.waiting(), o.unacknowledged(), o.window, c.flow.window, c.flow.quick, c.trip, c.alarm, c.mux.now(), c.resume, c.quietFrom, c.probeFrom, c.owed, c.queued, c.in.ack, c.in.earlyCount, c.in.ready.n, c.told, c.pace, s)
}
