using System.Text.Json.Nodes;
using CsCheck;

namespace MLPlatform.Tests.Elsa;

/// <summary>Pipelines with everything a file may hold, sound or not.</summary>
internal static class PipelineGen
{
    private static readonly Gen<string> Name = Gen.OneOf("a", "b", "train", "x.y", "split-2", "_z", "Flowchart", "id", "name");
    private static readonly Gen<string> Input = Gen.OneOf("table", "name", "type", "nameInput", "output", "outputTable", "version", "dim", "", "odd key", "inputs", "metadata", "inputInput");
    private static readonly Gen<string> Output = Gen.OneOf("table", "model", "auc", "odd-one");

    private static readonly Gen<string> Text = Gen.OneOf<string>(
        Gen.OneOf("", "5", "true", "null", "PT5M", "{\"a\":1}", "ü ✓", "${{ parameters.day }}", "a ${{ item }} b", "${{ 1 +", "${{activities.a.outputs.table}}", " spaced "),
        Gen.Select(Name, Output, (a, o) => $"${{{{ activities.{a}.outputs.{o} }}}}"),
        Gen.Select(Name, Output, (a, o) => $"${{{{ activities['{a}'].outputs['{o}'] }}}}"),
        Gen.Select(Name, Output, (a, o) => $"${{{{ activities['{a}'].outputs.{o} }}}}"),
        Name.Select(a => $"${{{{ activities['{a}'].status }}}}"));

    private static readonly Gen<Func<JsonNode?>> Value = Gen.Recursive<Func<JsonNode?>>((depth, self) => depth > 2 ? Scalar : Any(
        Scalar,
        self.Array[0, 3].Select(items => (Func<JsonNode?>)(() => new JsonArray([.. items.Select(i => i())]))),
        Gen.Dictionary(Input, self)[0, 3].Select(members => (Func<JsonNode?>)(() => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, m.Value())))))));

    private static Gen<Func<JsonNode?>> Scalar => Any(
        Text.Select(t => (Func<JsonNode?>)(() => t)),
        Gen.Int.Select(i => (Func<JsonNode?>)(() => i)),
        Gen.Double[-1e9, 1e9].Select(d => (Func<JsonNode?>)(() => d)),
        Gen.Bool.Select(b => (Func<JsonNode?>)(() => b)),
        Gen.Bool.Select(_ => (Func<JsonNode?>)(() => null)));

    private static Gen<Func<JsonNode?>> Any(params Gen<Func<JsonNode?>>[] choices) => Gen.Int[0, choices.Length - 1].SelectMany(i => choices[i]);

    private static readonly Gen<Action<JsonObject>> ActivityPart = Gen.OneOf<Action<JsonObject>>(
        Gen.Dictionary(Input, Value)[0, 4].Select(i => Set("inputs", () => new JsonObject(i.Select(m => KeyValuePair.Create(m.Key, m.Value()))))),
        Name.Array[0, 3].Select(n => Set("dependsOn", () => new JsonArray([.. n.Select(x => (JsonNode)x)]))),
        Text.Select(t => Set("when", () => t)),
        Value.Select(v => Set("forEach", v)),
        Gen.Int[1, 9].Select(n => Set("maxParallel", () => n)),
        Gen.OneOf("all", "any", "allDone").Select(j => Set("join", () => j)),
        Text.Select(t => Set("description", () => t)),
        Value.Select(v => Set("resources", v)),
        Value.Select(v => Set("schedule", v)),
        Value.Select(v => Set("alarms", v)),
        Value.Select(v => Set("advanced", v)),
        Value.Select(v => Set("unheardOf", v)));

    private static readonly Gen<Func<JsonNode?>> Activity = Gen.Select(
        Gen.OneOf("data.clean", "train.vlps", "control.noop", "Elsa.WriteLine"), ActivityPart.Array[0, 5],
        (type, parts) => (Func<JsonNode?>)(() => Build(new JsonObject { ["type"] = type }, parts)));

    private static readonly Gen<Func<JsonNode?>> Parameter = Gen.Select(
        Gen.OneOf("string", "integer", "number", "boolean", "date", "dateTime", "list", "object", "unheardOf"), Value, Text, Gen.Int[0, 7],
        (type, value, text, which) => (Func<JsonNode?>)(() =>
        {
            JsonObject declaration = new() { ["type"] = type };
            if ((which & 1) > 0)
                declaration["default"] = value();
            if ((which & 2) > 0)
                declaration["description"] = text;
            if ((which & 4) > 0)
                declaration["required"] = false;
            return declaration;
        }));

    private static readonly Gen<Action<JsonObject>> Section = Gen.OneOf<Action<JsonObject>>(
        Gen.Dictionary(Gen.OneOf("name", "description", "owner", "group", "labels"), Value)[0, 4].Select(b => Set("basic", () => new JsonObject(b.Select(m => KeyValuePair.Create(m.Key, m.Value()))))),
        Gen.OneOf("p", "a title", "").Select(t => Set("basic", () => new JsonObject { ["name"] = t })),
        Gen.Dictionary(Gen.OneOf("day", "dim", "list_1"), Parameter)[0, 3].Select(p => Set("parameters", () => new JsonObject(p.Select(m => KeyValuePair.Create(m.Key, m.Value()))))),
        Gen.Dictionary(Gen.OneOf("auc", "model"), Value)[0, 2].Select(o => Set("outputs", () => new JsonObject(o.Select(m => KeyValuePair.Create(m.Key, m.Value()))))),
        Value.Select(v => Set("resources", v)),
        Value.Select(v => Set("schedule", v)),
        Value.Select(v => Set("alarms", v)),
        Value.Select(v => Set("advanced", v)),
        Value.Select(v => Set("$schema", v)));

    public static readonly Gen<JsonObject> Pipeline = Gen.Select(Gen.Dictionary(Name, Activity)[0, 6], Section.Array[0, 6], (activities, sections) =>
    {
        JsonObject pipeline = Build(new JsonObject { ["id"] = "p" }, sections);
        pipeline["activities"] = new JsonObject(activities.Select(a => KeyValuePair.Create(a.Key, a.Value())));
        return Definitions.Parse(pipeline.ToJsonString());
    });

    private static Action<JsonObject> Set(string name, Func<JsonNode?> value) => target => target[name] = value();

    private static JsonObject Build(JsonObject start, IEnumerable<Action<JsonObject>> parts)
    {
        foreach (Action<JsonObject> part in parts)
            part(start);
        return start;
    }
}
