package cli

import "github.com/spf13/cobra"

func newCompletionCommand(env Env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print the script that makes a shell complete shoal's command lines",
		Example: "  source <(shoal completion bash)\n" +
			"  shoal completion zsh > \"${fpath[1]}/_shoal\"\n" +
			"  shoal completion fish > ~/.config/fish/completions/shoal.fish\n" +
			"  shoal completion powershell | Out-String | Invoke-Expression",
		Args:      exactlyOne,
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return cmd.Root().GenBashCompletionV2(env.Out, true)
			case "zsh":
				return cmd.Root().GenZshCompletion(env.Out)
			case "fish":
				return cmd.Root().GenFishCompletion(env.Out, true)
			case "powershell":
				return cmd.Root().GenPowerShellCompletionWithDesc(env.Out)
			}
			return usagef("unknown shell %q: want bash, zsh, fish or powershell", args[0])
		},
	}
}
