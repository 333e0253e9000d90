using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Access;
using MLPlatform.Server.Access;

namespace MLPlatform.Cli.Access;

/// <summary><c>mlp tokens create|list|revoke</c></summary>
internal static class TokensCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "Whose token it is, or what it is for." };
    private static readonly Option<Role?> Role = new("--role") { Description = "What it allows: viewer, editor or admin. Default: viewer.", HelpName = "viewer|editor|admin" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("tokens", "API tokens.") { Make(), List(), Revoke() };

    private static Command Make()
    {
        Command command = new("create", "Make a token and print its secret, this once.") { Name, Role, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            NewTokenView made = await platform.Client.PostAsync<NewTokenView>(
                "api/v1/tokens", new NewToken(parsed.GetValue(Name)!, parsed.GetValue(Role) ?? Core.Access.Role.Viewer), cancel);
            if (parsed.GetValue(Json))
                Print.Json(made);
            else
                Console.WriteLine(made.Token);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List()
    {
        Command command = new("list", "Show all tokens, without their secrets.") { Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            List<TokenView> all = await platform.Client.GetAsync<List<TokenView>>("api/v1/tokens", cancel);
            if (parsed.GetValue(Json))
                Print.Json(all);
            else
                Print.Table(["NAME", "ROLE", "CREATED", "REVOKED"],
                    all.Select(t => new[] { t.Name, t.Role.ToString().ToLowerInvariant(), Print.Time(t.CreatedAt), Print.Time(t.RevokedAt) }));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Revoke()
    {
        Command command = new("revoke", "Revoke a token, at once.") { Name };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            await platform.Client.DeleteAsync($"api/v1/tokens/{Uri.EscapeDataString(parsed.GetValue(Name)!)}", cancel);
            Console.WriteLine($"{parsed.GetValue(Name)}: revoked");
            return ExitCode.Done;
        });
        return command;
    }
}
