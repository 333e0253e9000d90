using MLPlatform.Core.Elsa;
using Xunit;

namespace MLPlatform.Tests.Elsa;

/// <summary>What is told of a definition that says more than a pipeline can.</summary>
public sealed class ReportTests
{
    private const string Definition = """
        {
          "definitionId": "flow", "name": "flow",
          "root": { "id": "f", "type": "Elsa.Flowchart", "activities": [
            { "id": "a1b2", "name": "Decide", "type": "control.noop" },
            { "id": "c3d4", "name": "Write Line", "type": "control.noop" },
            { "id": "last", "type": "control.noop" } ],
          "connections": [
            { "source": { "activity": "a1b2", "port": "True" }, "target": { "activity": "c3d4", "port": "In" } },
            { "source": { "activity": "a1b2", "port": "False" }, "target": { "activity": "last", "port": "In" } },
            { "source": { "activity": "c3d4", "port": "Done" }, "target": { "activity": "gone", "port": "In" } } ] }
        }
        """;

    [Theory]
    [InlineData(0, "ELSA-013", "the connection from \"Decide\" (id a1b2) leaves by the outcome \"True\"; here it only says that \"Write Line\" (id c3d4) comes after", "Give \"c3d4\" a condition: \"when\".")]
    [InlineData(1, "ELSA-013", "the connection from \"Decide\" (id a1b2) leaves by the outcome \"False\"; here it only says that \"last\" comes after", "Give \"last\" a condition: \"when\".")]
    [InlineData(2, "ELSA-012", "the connection from \"Write Line\" (id c3d4) to \"gone\" has an end that is not there; it is kept as it is", null)]
    public void A_connection_is_told_by_the_names_of_its_ends_and_their_ids(int connection, string code, string message, string? hint)
    {
        ElsaResult read = Definitions.Read(Definition);
        Core.Pipelines.Diagnostic told = read.Diagnostics.Single(d => d.Path == $"$.root.connections[{connection}]");
        Assert.Equal((code, message, hint), (told.Code, told.Message, told.Hint));
    }
}
