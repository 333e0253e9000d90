using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Access;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Access;

/// <summary><c>mlp audit</c>: who changed what.</summary>
internal static class AuditCommand
{
    private static readonly Option<int> Limit = new("--limit") { Description = "How many.", DefaultValueFactory = _ => 50 };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("audit", "Who changed what, newest first.") { Limit, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            PageView<AuditView> page = await platform.Client.GetAsync<PageView<AuditView>>($"api/v1/audit?limit={parsed.GetValue(Limit)}", cancel);
            if (parsed.GetValue(Json))
                Print.Json(page.Items);
            else
                Print.Table(["AT", "BY", "ACTION", "SUBJECT", "DETAIL"],
                    page.Items.Select(a => new[] { Print.Time(a.At), a.By, a.Action, a.Subject, a.Detail?.GetRawText() ?? "" }));
            return ExitCode.Done;
        });
        return command;
    }
}
