using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;

namespace MLPlatform.Core.Labels;

/// <summary>
/// A batch in Label Studio's JSON: a list of tasks <c>{id, data, meta, annotations: [{completed_by, was_cancelled, result}], predictions}</c>.
/// An annotation that was brought in from there goes back byte for byte as it came.
/// </summary>
public static class LabelStudio
{
    /// <summary>The names that results refer to: the control that people use and the object they see.</summary>
    public const string Control = "label", Shown = "item";

    /// <summary>One task for each item, with the newest answer of each person.</summary>
    public static JsonArray Export(LabelBatch batch, IReadOnlyList<LabelItem> items, IReadOnlyList<Annotation> annotations)
    {
        ILookup<int, Annotation> newest = annotations.GroupBy(a => (a.Item, a.Annotator)).Select(own => own.MaxBy(a => a.Revision)!)
            .Where(a => a.Action != AnnotationAction.Withdraw).ToLookup(a => a.Item);
        return new JsonArray([.. items.Select(item => (JsonNode)new JsonObject
        {
            ["id"] = item.Number + 1,
            ["data"] = JsonNode.Parse(item.DataJson),
            ["meta"] = new JsonObject { ["item"] = item.Key, ["batch"] = batch.Id.ToString() },
            ["annotations"] = new JsonArray([.. newest[item.Number].OrderBy(a => a.Annotator, StringComparer.Ordinal).Select(a => (JsonNode)Annotation(batch.Question.Kind, item, a))]),
            ["predictions"] = new JsonArray(),
        })]);
    }

    /// <summary>The answers in a list of tasks, or everything that keeps them from being taken: all of a file or nothing of it.</summary>
    /// <param name="all">What the batch holds already: an answer that is there stays, and one that differs becomes the next revision.</param>
    public static (IReadOnlyList<AnnotationDraft> Drafts, int Unchanged, IReadOnlyList<string> Problems) Import(
        LabelBatch batch, IReadOnlyList<LabelItem> items, IReadOnlyList<Annotation> all, JsonElement tasks)
    {
        if (tasks.ValueKind != JsonValueKind.Array)
            return ([], 0, ["The file is no list of tasks. Export it from Label Studio as JSON, not as JSON-MIN."]);
        Dictionary<string, LabelItem> byKey = items.ToDictionary(i => i.Key, StringComparer.Ordinal);
        ILookup<string, LabelItem> byData = items.ToLookup(i => Canonical(JsonElement.Parse(i.DataJson)), StringComparer.Ordinal);
        Dictionary<(int, string), Annotation> newest = all.GroupBy(a => (a.Item, a.Annotator)).ToDictionary(own => own.Key, own => own.MaxBy(a => a.Revision)!);
        (List<AnnotationDraft> drafts, List<string> problems, int unchanged, int number) = ([], [], 0, 0);
        foreach (JsonElement task in tasks.EnumerateArray())
        {
            string where = $"task {++number}";
            try
            {
                LabelItem item = Find(task, byKey, byData);
                foreach (JsonElement annotation in List(task, "annotations"))
                {
                    AnnotationDraft draft = Draft(batch, item, annotation);
                    Annotation? last = newest.GetValueOrDefault((draft.Item, draft.Annotator));
                    if (last?.Action == AnnotationAction.Decide && draft.Action == AnnotationAction.Save && Flag(annotation, "ground_truth"))
                        draft = draft with { Action = AnnotationAction.Decide }; // Our export calls a decision so; it must not come back as a vote.
                    if (last is not null && IsThere(last, draft, batch.Question.Kind, item))
                        unchanged++;
                    else if (drafts.Any(d => d.Item == draft.Item && d.Annotator == draft.Annotator))
                        throw new FormatException($"'{draft.Annotator}' annotated it twice. Leave the annotation that counts.");
                    else
                        drafts.Add(draft with { Expected = last?.Revision ?? 0 });
                }
            }
            catch (FormatException problem)
            {
                problems.Add($"{where}: {problem.Message}");
            }
        }
        return problems.Count > 0 ? ([], 0, problems) : (drafts, unchanged, []);
    }

    /// <summary>Whether an answer is the one there already: as it came from there before, or as our own export wrote it.</summary>
    private static bool IsThere(Annotation last, AnnotationDraft draft, LabelKind kind, LabelItem item) =>
        (last.Action == draft.Action && last.ValueJson == draft.ValueJson && last.SourceJson == draft.SourceJson)
        || (last.SourceJson is null && JsonNode.DeepEquals(JsonNode.Parse(draft.SourceJson!), Annotation(kind, item, last)));

    private static JsonNode Annotation(LabelKind kind, LabelItem item, Annotation a) => a.SourceJson is { } source ? JsonNode.Parse(source)! : new JsonObject
    {
        ["completed_by"] = a.Annotator,
        ["was_cancelled"] = a.Action == AnnotationAction.Skip,
        ["ground_truth"] = a.Action == AnnotationAction.Decide,
        ["created_at"] = a.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        ["result"] = a.ValueJson is { } value ? LabelStudioResult.Write(kind, item, JsonNode.Parse(value)!.AsObject()) : new JsonArray(),
    };

    private static AnnotationDraft Draft(LabelBatch batch, LabelItem item, JsonElement annotation)
    {
        string annotator = Annotator(annotation);
        string source = annotation.GetRawText();
        if (Flag(annotation, "was_cancelled"))
            return new AnnotationDraft(batch.Id, item.Number, annotator, 0, AnnotationAction.Skip, null, source);
        (string? value, string? problem) = LabelValue.Check(batch.Question, LabelStudioResult.Read(batch.Question.Kind, List(annotation, "result")));
        return problem is null
            ? new AnnotationDraft(batch.Id, item.Number, annotator, 0, AnnotationAction.Save, value, source)
            : throw new FormatException($"the annotation of '{annotator}' does not fit the batch: {problem}");
    }

    /// <summary>By the key that our own export gave the task, else by equal data.</summary>
    private static LabelItem Find(JsonElement task, Dictionary<string, LabelItem> byKey, ILookup<string, LabelItem> byData)
    {
        if (task.ValueKind != JsonValueKind.Object || !task.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Object)
            throw new FormatException("it is no object with 'data'.");
        if (task.TryGetProperty("meta", out JsonElement meta) && meta.ValueKind == JsonValueKind.Object && meta.TryGetProperty("item", out JsonElement key) && key.ValueKind == JsonValueKind.String)
            return byKey.GetValueOrDefault(key.GetString()!) ?? throw new FormatException($"the batch has no item '{key.GetString()}'.");
        return byData[Canonical(data)].ToList() switch
        {
            [var only] => only,
            [] => throw new FormatException("no item of the batch shows this data, and meta.item names none."),
            _ => throw new FormatException("several items of the batch show this data; name one in meta.item."),
        };
    }

    private static string Annotator(JsonElement annotation)
    {
        JsonElement by = annotation.ValueKind == JsonValueKind.Object && annotation.TryGetProperty("completed_by", out JsonElement found) ? found : default;
        string? name = by.ValueKind switch
        {
            JsonValueKind.String => by.GetString(),
            JsonValueKind.Number => $"label-studio:{by.GetRawText()}",
            JsonValueKind.Object when by.TryGetProperty("email", out JsonElement email) && email.ValueKind == JsonValueKind.String => email.GetString(),
            JsonValueKind.Object when by.TryGetProperty("id", out JsonElement id) => $"label-studio:{id.GetRawText()}",
            _ => null,
        };
        return name is { Length: > 0 and <= 128 } ? name : throw new FormatException("an annotation does not say by whom ('completed_by').");
    }

    private static bool Flag(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static List<JsonElement> List(JsonElement element, string name) =>
        element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out JsonElement value) ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw new FormatException($"'{name}' is no list.");

    /// <summary>Equal data are equal text, whatever the order of their fields.</summary>
    private static string Canonical(JsonElement data) => new JsonObject(
        data.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Name, JsonNode.Parse(p.Value.GetRawText())))).ToJsonString(ActivityJson.Options);
}
