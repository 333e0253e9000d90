using System.Text.Json.Nodes;
using MLPlatform.Core.Elsa;

namespace MLPlatform.Server.Elsa.Definitions;

/// <summary>A version of a definition among all of it.</summary>
/// <param name="Head">As stored, or as a registered pipeline would be stored.</param>
/// <param name="IsLatest">Whether it has the highest number.</param>
internal sealed record DefinitionVersion(ElsaVersion Head, bool IsLatest)
{
    private static readonly string[] OfVersion =
        ["id", "definitionId", "version", "createdAt", "toolVersion", "isLatest", "isPublished", "isReadonly", "isSystem", "providerName", "materializerName", "links", "tenantId"];

    /// <summary>The document without what its version says.</summary>
    public static string Strip(JsonObject definition)
    {
        JsonObject bare = definition.DeepClone().AsObject();
        foreach (string member in OfVersion)
            bare.Remove(member);
        return ElsaJson.Line(bare);
    }

    public JsonObject Whole(JsonObject bare, bool mayEdit)
    {
        JsonObject whole = new()
        {
            ["id"] = Head.Id,
            ["definitionId"] = Head.Definition,
            ["name"] = Head.Name,
            ["description"] = "",
            ["createdAt"] = ElsaAnswer.Time(Head.SavedAt),
            ["version"] = Head.Version,
            ["toolVersion"] = ElsaWords.ToolVersion,
            ["isLatest"] = IsLatest,
            ["isPublished"] = Head.IsPublished,
            ["isReadonly"] = false,
            ["isSystem"] = false,
            ["providerName"] = null,
            ["materializerName"] = "Json",
        };
        foreach ((string member, JsonNode? value) in bare)
            whole[member] = value?.DeepClone();
        whole["name"] = Head.Name;
        ElsaNodes.Complete(whole);
        whole["links"] = Links(mayEdit);
        return whole;
    }

    /// <summary>All of it as Elsa's designer is shown it: with fields for what it has no place for.</summary>
    public JsonObject Shown(JsonObject bare, bool mayEdit)
    {
        JsonObject whole = Whole(bare, mayEdit);
        ElsaFields.Show(whole);
        return whole;
    }

    public JsonObject Summary(JsonNode? description, bool mayEdit) => new()
    {
        ["id"] = Head.Id,
        ["definitionId"] = Head.Definition,
        ["name"] = Head.Name,
        ["description"] = description?.DeepClone(),
        ["version"] = Head.Version,
        ["toolVersion"] = ElsaWords.ToolVersion,
        ["isLatest"] = IsLatest,
        ["isPublished"] = Head.IsPublished,
        ["isReadonly"] = false,
        ["createdAt"] = ElsaAnswer.Time(Head.SavedAt),
        ["materializerName"] = "Json",
        ["isMaterializerAvailable"] = true,
        ["links"] = Links(mayEdit),
    };

    // Without the link to publish, Elsa Studio only reads.
    private JsonArray Links(bool mayEdit)
    {
        string here = $"{ElsaSetup.Api}/workflow-definitions/{Uri.EscapeDataString(Head.Definition)}";
        return mayEdit
            ? [ElsaAnswer.Link("self", here, "GET"), ElsaAnswer.Link("publish", here + "/publish"), ElsaAnswer.Link("retract", here + "/retract"), ElsaAnswer.Link("delete", here, "DELETE")]
            : [ElsaAnswer.Link("self", here, "GET")];
    }
}
