using System.Text;
using System.Text.Json;
using MLPlatform.Core.Pipelines.Import;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine;
using MLPlatform.Engine.Journal;
using Xunit;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>
/// Real workflows (WfCommons WfInstances) run task by task in virtual time: each task waits its recorded run time and
/// holds one slot.
/// </summary>
public sealed class WfCommonsTests
{
    private const int Slots = 8;
    private static readonly RunId Id = new(Guid.Parse("01900000-0000-7000-8000-000000000002"));

    public static TheoryData<string> Instances() =>
    [
        "1000genome-chameleon-6ch-100k-001", "blast-chameleon-small-003", "bwa-chameleon-large-003", "cycles-chameleon-1l-3c-12p-001",
        "epigenomics-chameleon-hep-7seq-100k-001", "montage-chameleon-2mass-005d-001", "montage-chameleon-2mass-05d-001", "rnaseq-dirt02-001",
        "srasearch-chameleon-40a-001",
    ];

    [Theory, MemberData(nameof(Instances))]
    public async Task Each_task_runs_once_after_its_parents_and_the_makespan_lies_within_the_bounds(string instance)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        string file = Repository.Shared($"dags/wfinstances/{instance}.json");
        ImportResult imported = WfCommonsImport.Read(await File.ReadAllBytesAsync(file, cancel), file, new WfCommonsOptions());
        Assert.True(imported.Pipeline is not null, string.Join('\n', imported.Diagnostics));

        VirtualTime time = new(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await using EngineWorld world = await EngineWorld.StartAsync(options: new EngineOptions { Cpu = Slots }, clock: time);
        RunPlan plan = world.Plan(Encoding.UTF8.GetString(imported.Pipeline!));
        await world.BeginAsync(Encoding.UTF8.GetString(imported.Pipeline!), Id);
        RunRow row;
        while (!(row = (await world.Store.FindRunAsync(Id, cancel))!).Status.IsTerminal())
        {
            await world.Engine.FlushAsync();
            Assert.True(time.JumpToNext(), "nothing is due, and the run has not ended");
            await world.Engine.FlushAsync();
        }

        Assert.Equal(RunStatus.Succeeded, row.Status);
        List<RunEvent> events = [];
        await foreach (JournalEntry entry in world.Store.ReadJournalAsync(Id, cancel))
            events.AddRange(EventCodec.Decode(entry.Payload));
        AssertEachOnceAfterItsParents(plan, events);
        AssertBounds(plan, (row.EndedAt!.Value - row.CreatedAt).TotalSeconds);
    }

    private static void AssertEachOnceAfterItsParents(RunPlan plan, List<RunEvent> events)
    {
        bool[] started = new bool[plan.Nodes.Count];
        bool[] ended = new bool[plan.Nodes.Count];
        foreach (RunEvent happened in events)
        {
            if (happened is RunEvent.AttemptStarted start)
            {
                Assert.False(started[start.Node], $"{plan.Nodes[start.Node].Name} started twice");
                Assert.All(plan.Nodes[start.Node].DependsOn, parent => Assert.True(ended[parent]));
                started[start.Node] = true;
            }
            else if (happened is RunEvent.AttemptEnded end)
                ended[end.Node] = true;
        }
        Assert.All(ended, Assert.True);
    }

    // Graham's bounds for any schedule that leaves no slot idle while a task is ready.
    private static void AssertBounds(RunPlan plan, double makespan)
    {
        double[] finish = new double[plan.Nodes.Count];
        double work = 0;
        for (int i = 0; i < finish.Length; i++)
        {
            double seconds = plan.Nodes[i].Inputs.TryGetProperty("duration", out JsonElement duration)
                ? System.Xml.XmlConvert.ToTimeSpan(duration.GetString()!).TotalSeconds : 0;
            work += seconds;
            finish[i] = seconds + plan.Nodes[i].DependsOn.Select(d => finish[d]).DefaultIfEmpty(0).Max();
        }
        double critical = finish.Max();
        Assert.InRange(makespan, Math.Max(critical, work / Slots) - 0.001, (work / Slots) + ((1 - (1.0 / Slots)) * critical) + 0.001);
    }
}
