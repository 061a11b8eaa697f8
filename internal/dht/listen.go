package dht

import "slices"

// maxTold is how many peers that announced themselves to us wait for a search under way to end. All
// others are in the store, where the next search finds them.
const maxTold = 64

// listen returns a channel that gets the peers which announce themselves to this node for an infohash.
func (n *Node) listen(hash nodeID) (told <-chan announced, forget func()) {
	ch := make(chan announced, maxTold)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listening == nil {
		n.listening = map[nodeID][]chan announced{}
	}
	n.listening[hash] = append(n.listening[hash], ch)
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		rest := slices.DeleteFunc(n.listening[hash], func(c chan announced) bool { return c == ch })
		if n.listening[hash] = rest; len(rest) == 0 {
			delete(n.listening, hash)
		}
	}
}

// tell hands a peer to those who listen for its infohash, without waiting for them.
func (n *Node) tell(a announced) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, ch := range n.listening[a.hash] {
		select {
		case ch <- a:
		default:
		}
	}
}
