using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Lineage;
using MLPlatform.Server.Registry;

namespace MLPlatform.Cli.Registry;

/// <summary><c>mlp models list|show|import|alias|lineage</c></summary>
internal static class ModelsCommand
{
    private static readonly Argument<string> Name = new("MODEL") { Description = "A registered model." };
    private static readonly Argument<string> Alias = new("ALIAS") { Description = "An alias, such as champion." };
    private static readonly Argument<int> Version = new("VERSION") { Description = "The version it is to point at." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("models", "Registered models, their versions and aliases.") { List(), Show(), ImportModelCommand.Create(), SetAlias(), LineageCommand.Of("models", Name) };

    private static Command List()
    {
        Command command = new("list", "Show all models.") { Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            List<ModelView> all = await platform.Client.GetAsync<List<ModelView>>("api/v1/models", cancel);
            if (parsed.GetValue(Json))
                Print.Json(all);
            else
                Print.Table(["MODEL", "LATEST", "CHAMPION", "UPDATED"],
                    all.Select(m => new[] { m.Name, $"{m.LatestVersion}", $"{m.ChampionVersion}", Print.Time(m.UpdatedAt) }));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show()
    {
        Command command = new("show", "Show a model's versions.") { Name, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            List<ModelVersionView> all = await platform.Client.GetAsync<List<ModelVersionView>>($"api/v1/models/{Uri.EscapeDataString(parsed.GetValue(Name)!)}", cancel);
            if (parsed.GetValue(Json))
                Print.Json(all);
            else
                Print.Table(["VERSION", "ALIASES", "CREATED", "RUN", "METRICS"], all.Select(v => new[]
                {
                    $"{v.Version}", string.Join(", ", v.Aliases), Print.Time(v.CreatedAt), v.Run.ToString(),
                    v.Metrics is { ValueKind: System.Text.Json.JsonValueKind.Object } metrics
                        ? string.Join("  ", metrics.EnumerateObject().Select(m => $"{m.Name} {Print.Value(m.Value)}")) : "",
                }));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command SetAlias()
    {
        Command command = new("alias", "Point an alias at a version.") { Name, Alias, Version };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            AliasView now = await platform.Client.PutAsync<AliasView>(
                $"api/v1/models/{Uri.EscapeDataString(parsed.GetValue(Name)!)}/aliases/{Uri.EscapeDataString(parsed.GetValue(Alias)!)}",
                new AliasTarget(parsed.GetValue(Version)), cancel);
            Console.WriteLine($"{now.Name}: {now.Alias} is version {now.Version}{(now.Before is { } before ? $" (was {before})" : "")}");
            return ExitCode.Done;
        });
        return command;
    }
}
