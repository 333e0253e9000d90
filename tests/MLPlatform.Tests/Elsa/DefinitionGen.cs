using System.Text.Json.Nodes;
using CsCheck;

namespace MLPlatform.Tests.Elsa;

/// <summary>Elsa definitions: flowcharts and sequences with ports, bends, custom properties, and expressions that nothing here can read.</summary>
internal static class DefinitionGen
{
    private static readonly Gen<string> Word = Gen.OneOf("One", "Two", "Write Line", "train", "", "5", "True", "{\"a\":[1]}", "ü");

    private static readonly Gen<Func<JsonObject>> Input = Gen.Select(
        Gen.OneOf("Literal", "Object", "JavaScript", "Liquid", "Variable", "Input", "MLPlatform"), Word,
        Gen.OneOf("String", "Int32", "Boolean", "Object", "System.Net.HttpStatusCode, System.Net.Primitives"), Gen.Int[0, 2],
        (type, word, typeName, reference) => (Func<JsonObject>)(() =>
        {
            JsonObject input = new() { ["typeName"] = typeName, ["expression"] = new JsonObject { ["type"] = type, ["value"] = type is "Variable" or "Input" && word.Length > 2 ? new JsonObject { ["id"] = "v1", ["name"] = "in1" } : word } };
            if (reference > 0)
                input["memoryReference"] = reference > 1 ? new JsonObject { ["id"] = "x:input-1" } : [];
            return input;
        }));

    private static readonly Gen<Func<JsonObject>> Activity = Gen.Select(
        Gen.OneOf("Elsa.WriteLine", "Elsa.FlowDecision", "data.clean", "Sub"), Word, Gen.Double[-900, 900],
        Gen.Dictionary(Gen.OneOf("text", "outputTable", "nameInput", "condition"), Input)[0, 3], Gen.Int[0, 31],
        (type, name, at, inputs, which) => (Func<JsonObject>)(() =>
        {
            JsonObject activity = new() { ["type"] = type, ["version"] = 1 };
            foreach ((string member, Func<JsonObject> input) in inputs)
                activity[member] = input();
            if ((which & 1) > 0)
                activity["name"] = name;
            if ((which & 2) > 0)
                activity["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = at, ["y"] = -at } }, ["displayText"] = name, ["description"] = name };
            if ((which & 4) > 0)
                activity["customProperties"] = new JsonObject { ["logPersistenceMode"] = new JsonObject { ["default"] = "Exclude" }, ["canStartWorkflow"] = true };
            if ((which & 8) > 0)
                activity["result"] = new JsonObject { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = "v1" } };
            if ((which & 16) > 0)
                activity["body"] = new JsonObject { ["type"] = "Elsa.Sequence", ["id"] = "inner", ["activities"] = new JsonArray() };
            return activity;
        }));

    private static readonly Gen<(int From, string? Port, int To, int Bends)[]> Edges =
        Gen.Select(Gen.Int[0, 6], Gen.OneOf("Done", "True", "One", (string?)null), Gen.Int[0, 6], Gen.Int[0, 2], (f, p, t, b) => (f, p, t, b)).Array[0, 8];

    public static readonly Gen<JsonObject> Definition = Gen.Select(Activity.Array[0, 5], Edges, Word, Gen.Int[0, 63], (activities, edges, name, which) =>
    {
        JsonArray nodes = [];
        foreach (Func<JsonObject> make in activities)
        {
            JsonObject node = make();
            node["id"] = "id" + nodes.Count;
            nodes.Add(node);
        }
        JsonObject root = new()
        {
            ["id"] = "flow",
            ["type"] = (which & 32) > 0 ? "Elsa.Sequence" : "Elsa.Flowchart",
            ["version"] = 1,
            ["activities"] = nodes,
        };
        if ((which & 32) == 0)
            root["connections"] = new JsonArray([.. edges.Select(Connection)]);
        JsonObject definition = new() { ["id"] = "v-1", ["definitionId"] = (which & 1) > 0 ? "some workflow" : "flow-1", ["name"] = name, ["version"] = 3, ["root"] = root };
        if ((which & 2) > 0)
            definition["variables"] = new JsonArray(new JsonObject { ["id"] = "v1", ["name"] = "V", ["typeName"] = "String", ["isArray"] = false });
        if ((which & 4) > 0)
            definition["inputs"] = new JsonArray(new JsonObject { ["name"] = "in1", ["type"] = "Int32", ["isArray"] = false, ["description"] = name }, new JsonObject { ["name"] = "not a name", ["type"] = "String" });
        if ((which & 8) > 0)
            definition["outputs"] = new JsonArray(new JsonObject { ["name"] = "Result", ["type"] = "String" });
        if ((which & 16) > 0)
            definition["customProperties"] = new JsonObject { ["Elsa:WorkflowContextProviderTypes"] = new JsonArray("x"), ["mine"] = 5 };
        return Definitions.Parse(definition.ToJsonString());
    });

    private static JsonObject Connection((int From, string? Port, int To, int Bends) edge)
    {
        if (edge.Bends == 2)
            return new JsonObject { ["source"] = "id" + edge.From, ["sourcePort"] = edge.Port, ["target"] = "id" + edge.To, ["targetPort"] = "In" };
        JsonObject connection = new()
        {
            ["source"] = new JsonObject { ["activity"] = "id" + edge.From, ["port"] = edge.Port },
            ["target"] = new JsonObject { ["activity"] = "id" + edge.To, ["port"] = "In" },
        };
        if (edge.Bends == 1)
            connection["vertices"] = new JsonArray(new JsonObject { ["x"] = 5, ["y"] = 6.5 });
        return connection;
    }
}
