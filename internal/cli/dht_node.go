package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/session"
)

type dhtNodeOptions struct {
	term    termFlags
	sockets socketFlags
}

func (o *dhtNodeOptions) addFlags(fs *pflag.FlagSet) {
	addGroup(fs, "Network", o.sockets.addBootstrap, o.sockets.addFlags)
	addGroup(fs, "Output", o.term.addFlags, o.term.addVerbose)
}

func newDHTNodeCommand(env Env) *cobra.Command {
	o := &dhtNodeOptions{}
	cmd := &cobra.Command{
		Use:   "dht-node",
		Short: "Run a DHT node that others can bootstrap from",
		Long: "Run a node of the DHT that shares nothing itself. Without --dht-bootstrap it is the first node of a\n" +
			"DHT of its own: give its address to `seed` and `get` as their --dht-bootstrap, and a swarm on a\n" +
			"network of its own finds its peers without a tracker. It runs until it is interrupted.",
		Example: "  shoal dht-node --port 6800\n" +
			"  shoal seed --dht-bootstrap 192.0.2.7:6800 Holiday/",
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              noArgs,
		RunE:              func(cmd *cobra.Command, _ []string) error { return runDHTNode(cmd.Context(), env, o) },
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runDHTNode(ctx context.Context, env Env, o *dhtNodeOptions) error {
	if err := o.sockets.check(); err != nil {
		return err
	}
	term := o.term.open(env)
	defer term.Close()
	c := o.sockets.config(env)
	c.Log = term.Logger(o.term.verbose)
	addr, wait, err := session.RunDHTNode(ctx, c)
	if err != nil {
		return &networkError{err}
	}
	term.Info(fmt.Sprintf("DHT node listening on %s", addr))
	return wait()
}
