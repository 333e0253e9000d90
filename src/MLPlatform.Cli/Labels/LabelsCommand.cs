using System.CommandLine;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Labels;
using MLPlatform.Server.Labels;

namespace MLPlatform.Cli.Labels;

/// <summary><c>mlp labels list|show|next|save|skip|undo|disputes|decide|close|agreement|export|import</c></summary>
internal static class LabelsCommand
{
    private static readonly Argument<Guid> Batch = new("BATCH") { Description = "A labeling batch." };
    private static readonly Argument<int> Item = new("ITEM") { Description = "An item's number in its batch." };
    private static readonly Argument<string> Answer = new("ANSWER") { Description = "The answer as JSON, or just the label where exactly one is asked for." };
    private static readonly Option<string?> Annotator = new("--as") { Description = "Answer in the name of another person; for administrators." };
    private static readonly Option<int> Revision = new("--revision") { Description = "The revision of the answer that is there already. Default: 0, none." };
    private static readonly Option<bool> Studio = new("--label-studio") { Description = "In the format of Label Studio." };
    private static readonly Argument<string> StudioFile = new("FILE") { Description = "A Label Studio export." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("labels", "Batches that people label, and their answers.")
    {
        List(), Show(), Next(), Save(), Skip(), Undo(), Disputes(), Decide(), Close(), Agree(), Export(), Import(),
    };

    private static Command List() => Do(new Command("list", "Show all batches, newest first.") { Json }, async (parsed, client, cancel) =>
    {
        List<LabelBatchView> all = await client.GetAsync<List<LabelBatchView>>("api/v1/labels/batches", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["BATCH", "STATUS", "DONE", "KIND", "ACTIVITY", "CREATED"], all.Select(b => new[]
            {
                b.Id.ToString(), b.ClosedBecause is { } why ? $"closed: {why}" : "open", $"{b.Done}/{b.Items}", $"{b.Kind}", $"{b.Pipeline}/{b.Activity}", Print.Time(b.CreatedAt),
            }));
    });

    private static Command Show() => Do(new Command("show", "Show a batch: its question and how far it is.") { Batch, Json }, async (parsed, client, cancel) =>
    {
        LabelBatchView batch = await client.GetAsync<LabelBatchView>(Path(parsed), cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(batch);
            return;
        }
        Print.Table(["", ""],
        [
            ["status", batch.ClosedBecause is { } why ? $"closed: {why}" : "open"], ["done", $"{batch.Done} of {batch.Items} items"],
            ["question", $"{batch.Kind}: {string.Join(", ", batch.Labels)}"], ["told", batch.Instructions ?? ""],
            ["per item", $"{batch.PerItem}"], ["deadline", Print.Time(batch.Deadline)], ["run", $"{batch.Run} ({batch.Pipeline}/{batch.Activity})"],
        ]);
    });

    private static Command Next() => Do(new Command("next", "Get the next item; it is kept from others for ten minutes.") { Batch, Annotator, Json }, async (parsed, client, cancel) =>
    {
        NextItemView next = await client.PostAsync<NextItemView>(Path(parsed, "/next"), new NextItemRequest(parsed.GetValue(Annotator)), cancel);
        if (parsed.GetValue(Json))
            Print.Json(next);
        else if (next.Item is not { } item)
            Console.WriteLine($"Nothing is left for {next.Annotator}.");
        else
            Console.WriteLine($"{item.Item}  {(next.Revision > 0 ? $"(revision {next.Revision})  " : "")}{Print.Harmless(item.Key)}  {Print.Harmless(item.Data?.GetRawText() ?? "")}");
    });

    private static Command Save() => Do(new Command("save", "Keep an answer.") { Batch, Item, Answer, Revision, Annotator, Json },
        async (parsed, client, cancel) => await SendAsync(parsed, client, "annotation", await AnswerAsync(parsed, client, cancel), cancel));

    private static Command Skip() => Do(new Command("skip", "Leave an item to others.") { Batch, Item, Revision, Annotator, Json },
        (parsed, client, cancel) => SendAsync(parsed, client, "annotation", null, cancel));

    private static Command Undo() => Do(new Command("undo", "Take an answer back: it counts as not given, and the item comes next.") { Batch, Item, Revision, Annotator }, async (parsed, client, cancel) =>
    {
        string who = parsed.GetValue(Annotator) is { } name ? $"&annotator={Uri.EscapeDataString(name)}" : "";
        await client.DeleteAsync(Path(parsed, $"/items/{parsed.GetValue(Item)}/annotation?revision={parsed.GetValue(Revision)}{who}"), cancel);
        Console.WriteLine($"Item {parsed.GetValue(Item)}: the answer is taken back; its next revision is {parsed.GetValue(Revision) + 2}.");
    });

    private static Command Disputes() => Do(new Command("disputes", "Show the items on which people disagree.") { Batch, Json }, async (parsed, client, cancel) =>
    {
        List<DisputeView> all = await client.GetAsync<List<DisputeView>>(Path(parsed, "/disputes"), cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["ITEM", "KEY", "ANSWERS", "DATA"], all.Select(d => new[]
            {
                $"{d.Item.Item}", Print.Harmless(d.Item.Key), Print.Harmless(string.Join(", ", d.Answers.Select(a => $"{a.Annotator}: {a.Value?.GetRawText() ?? "skipped"}"))),
                Print.Harmless(d.Item.Data?.GetRawText() ?? ""),
            }));
    });

    private static Command Decide() => Do(new Command("decide", "Decide an item: the answer stands above all votes.") { Batch, Item, Answer, Revision, Annotator, Json },
        async (parsed, client, cancel) => await SendAsync(parsed, client, "decision", await AnswerAsync(parsed, client, cancel), cancel));

    private static async Task<JsonElement> AnswerAsync(ParseResult parsed, PlatformClient client, CancellationToken cancel)
    {
        string answer = parsed.GetValue(Answer)!;
        if (answer.TrimStart().StartsWith('{'))
            return Read(answer, "answer", "Write it like {\"choice\":\"spam\"}, or just the label.");
        LabelBatchView batch = await client.GetAsync<LabelBatchView>(Path(parsed), cancel);
        return JsonSerializer.SerializeToElement(new Dictionary<string, string>
        {
            [batch.Kind == LabelKind.Pairwise ? "prefer" : "choice"] = answer,
        });
    }

    private static Command Close() => Do(new Command("close", "Close a batch with what it has.") { Batch, Json }, async (parsed, client, cancel) =>
    {
        LabelBatchView batch = await client.PostAsync<LabelBatchView>(Path(parsed, "/close"), null, cancel);
        if (parsed.GetValue(Json))
            Print.Json(batch);
        else
            Console.WriteLine($"Closed with {batch.Done} of {batch.Items} items done.");
    });

    private static Command Agree() => Do(new Command("agreement", "Show how far people agree beyond chance.") { Batch, Json }, async (parsed, client, cancel) =>
    {
        AgreementReport report = await client.GetAsync<AgreementReport>(Path(parsed, "/agreement"), cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(report);
            return;
        }
        Console.WriteLine($"{report.Items} items have two answers or more. Krippendorff's alpha {Kappa(report.Alpha)}, Fleiss' kappa {Kappa(report.Fleiss)}.");
        Print.Table(["FIRST", "SECOND", "ITEMS", "SAME", "KAPPA"], report.Pairs.Select(p => new[] { p.First, p.Second, $"{p.Items}", $"{p.Same}", Kappa(p.Kappa) }));
        if (report.Gold.Count > 0)
            Print.Table(["PERSON", "KNOWN ITEMS", "RIGHT"], report.Gold.Select(g => new[] { g.Annotator, $"{g.Judged}", $"{g.Right}" }));
    });

    private static string Kappa(double? value) => value?.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture) ?? "undefined";

    private static Command Export() => Do(new Command("export", "Print every revision of every answer, or the batch for Label Studio, as JSON.") { Batch, Studio }, async (parsed, client, cancel) =>
    {
        if (parsed.GetValue(Studio))
            Print.Json(await client.GetAsync<JsonElement>(Path(parsed, "/label-studio"), cancel));
        else
            Print.Json(await client.GetAsync<List<AnnotationView>>(Path(parsed, "/annotations"), cancel));
    });

    private static Command Import() => Do(new Command("import", "Bring in the annotations of a Label Studio export (JSON): all of them or none.") { Batch, StudioFile, Json }, async (parsed, client, cancel) =>
    {
        string file = parsed.GetValue(StudioFile)!;
        string text;
        try
        {
            text = await File.ReadAllTextAsync(file, cancel);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage("LABEL-017", $"The file '{file}' cannot be read: {problem.Message}", "Name a file that Label Studio exported as JSON.");
        }
        ImportedView imported = await client.PostAsync<ImportedView>(Path(parsed, "/label-studio"), Read(text, $"file '{file}'", "Export it from Label Studio as JSON."), cancel);
        if (parsed.GetValue(Json))
            Print.Json(imported);
        else
            Console.WriteLine($"{imported.Added} answers brought in, {imported.Unchanged} were there{(imported.Closed ? "; the batch is closed" : "")}.");
    });

    private static async Task SendAsync(ParseResult parsed, PlatformClient client, string what, JsonElement? value, CancellationToken cancel)
    {
        SavedView saved = await client.PutAsync<SavedView>(Path(parsed, $"/items/{parsed.GetValue(Item)}/{what}"),
            new AnnotationRequest(parsed.GetValue(Revision), value, parsed.GetValue(Annotator)), cancel);
        if (parsed.GetValue(Json))
            Print.Json(saved);
        else
            Console.WriteLine($"Item {saved.Item}: revision {saved.Revision} of {Print.Harmless(saved.Annotator)} is kept{(saved.Closed ? "; the batch is closed" : "")}.");
    }

    private static JsonElement Read(string text, string what, string hint)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException e)
        {
            throw CliException.Usage("LABEL-014", $"The {what} is no JSON: {e.Message}", hint);
        }
    }

    private static string Path(ParseResult parsed, string more = "") => $"api/v1/labels/batches/{parsed.GetValue(Batch)}{more}";

    private static Command Do(Command command, Func<ParseResult, PlatformClient, CancellationToken, Task> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            await work(parsed, platform.Client, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
