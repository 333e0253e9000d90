using MLPlatform.Core.Activities;
using MLPlatform.Server.Activities;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

/// <summary>What flows through the ports of the activities that ship.</summary>
public class ActivityPortsTests
{
    private static readonly ActivityCatalog Catalog = BuiltInActivities.Catalog();

    [Theory]
    [InlineData("train.vlps", "samples=Table features=Features from=Model validation=Table", "model=Model lineage=Report")]
    [InlineData("features.build", "table=Table", "features=Features lineage=Report")]
    [InlineData("features.join", "labels=Table", "table=Table report=Report lineage=Report")]
    [InlineData("model.gate", "candidate=Model champion=Model table=Table", "verdict=Report")]
    [InlineData("model.register", "model=Model", "")]
    [InlineData("data.sql", "tables=Table*", "table=Table lineage=Report")]
    [InlineData("data.clean", "table=Table", "table=Table rejected=Table reportFile=Report lineage=Report")]
    [InlineData("bees.collect", "slice=File artifact=File", null)]
    public void Artifacts_are_what_their_names_say(string type, string inputs, string? outputs)
    {
        ActivityDescriptor activity = Catalog.Find(type)!;
        Assert.Equal(inputs, Artifacts(ActivityPorts.Inputs(activity)));
        if (outputs is not null)
            Assert.Equal(outputs, Artifacts(ActivityPorts.Outputs(activity)!));
    }

    [Fact]
    public void Numbers_that_come_out_are_metrics_and_what_goes_in_says_whether_it_must()
    {
        ActivityDescriptor train = Catalog.Find("train.vlps")!;
        Assert.Equal(PortKind.Metrics, ActivityPorts.Outputs(train)!.Single(p => p.Name == "validationAuc").Kind);
        ActivityPort dim = ActivityPorts.Inputs(train).Single(p => p.Name == "dim");
        Assert.Equal((PortKind.Value, "integer", false), (dim.Kind, dim.Json, dim.Required));
        Assert.Contains("Default: 16", dim.Description, StringComparison.Ordinal);
        Assert.True(ActivityPorts.Inputs(train).Single(p => p.Name == "samples").Required);
        Assert.Null(ActivityPorts.Outputs(Catalog.Find("train.script")!));
    }

    private static string Artifacts(IEnumerable<ActivityPort> ports) =>
        string.Join(' ', ports.Where(p => p.Json == "artifact").Select(p => $"{p.Name}={p.Kind}{(p.Many ? "*" : "")}"));
}
