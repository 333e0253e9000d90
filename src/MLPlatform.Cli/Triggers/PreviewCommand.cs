using System.CommandLine;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Core.Triggers;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Problems;
using MLPlatform.Server.Triggers;

namespace MLPlatform.Cli.Triggers;

/// <summary><c>mlp triggers preview</c>: what the feedback triggers of a pipeline would have fired, before they do.</summary>
internal static class PreviewCommand
{
    private static readonly Argument<string> What = new("FILE|PIPELINE") { Description = "A pipeline file, or the name of a registered pipeline." };
    private static readonly Option<int> Days = new("--days") { Description = "How far back. Default: 7.", DefaultValueFactory = _ => 7 };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("preview", "Show what feedback triggers would have fired over the last days.") { What, Days, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
        List<(string Name, JsonElement Trigger)> triggers = await TriggersAsync(platform.Client, parsed.GetValue(What)!, cancel);
        if (triggers.Count == 0)
            throw CliException.Usage("CLI-046", $"'{parsed.GetValue(What)}' has no feedback trigger.", "'mlp triggers next' shows what cron triggers come to.");
        List<(string Name, TriggerPreview Preview)> previews = [];
        foreach ((string name, JsonElement trigger) in triggers)
            previews.Add((name, await platform.Client.PostAsync<TriggerPreview>("api/v1/triggers/preview", new { trigger, days = parsed.GetValue(Days) }, cancel)));
        if (parsed.GetValue(Json))
        {
            Print.Json(previews.Select(p => new { trigger = p.Name, p.Preview.From, p.Preview.Until, p.Preview.Firings, p.Preview.Now }));
            return ExitCode.Done;
        }
        foreach ((string name, TriggerPreview preview) in previews)
        {
            Console.WriteLine(preview.From is null ? name : $"{name}: {preview.Firings.Count} firings from {Print.Time(preview.From)} to {Print.Time(preview.Until)}");
            if (preview.Firings.Count > 0)
                Print.Table(["WOULD HAVE FIRED", "BECAUSE"], preview.Firings.Select(f => new[] { Print.Time(f.At), string.Join("; ", f.Reasons) }));
            Console.WriteLine($"At the end it {(preview.Now.StartsWith("fires", StringComparison.Ordinal) ? preview.Now : "is " + preview.Now)}.");
        }
        return ExitCode.Done;
    }

    private static async Task<List<(string Name, JsonElement Trigger)>> TriggersAsync(PlatformClient client, string what, CancellationToken cancel)
    {
        bool isFile = File.Exists(what) || what.Contains('/', StringComparison.Ordinal) || what.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        if (!isFile)
        {
            await client.GetAsync<PipelineDetail>($"api/v1/pipelines/{Uri.EscapeDataString(what)}", cancel); // There is one of that name, or this tells.
            return [.. (await client.GetAsync<TriggersView>("api/v1/triggers", cancel)).Triggers
                .Where(t => t.Pipeline == what && t.Definition.GetProperty("type").GetString() == "feedback").Select(t => (t.Key, t.Definition))];
        }
        return Field(Field(Parse(what), "schedule"), "triggers") is { ValueKind: JsonValueKind.Array } all
            ? [.. all.EnumerateArray().Index().Where(t => Text(t.Item, "type") == "feedback").Select(t => (Text(t.Item, "name") ?? $"triggers[{t.Index}]", t.Item))]
            : [];
    }

    private static JsonElement? Parse(string file)
    {
        try
        {
            return JsonDocument.Parse(PipelineFiles.Read(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement;
        }
        catch (JsonException e)
        {
            throw CliException.Usage("CLI-049", $"'{file}' is no pipeline file: {JsonTrouble.Words(e)}", "'mlp validate' shows every error of it.");
        }
    }

    private static JsonElement? Field(JsonElement? of, string name) => of is { ValueKind: JsonValueKind.Object } fields && fields.TryGetProperty(name, out JsonElement value) ? value : null;

    private static string? Text(JsonElement of, string name) => Field(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
