using System.Globalization;
using System.Text.Json;
using MLPlatform.IntegrationTests.Cli;
using Xunit;

namespace MLPlatform.IntegrationTests.Scheduling;

/// <summary><c>mlp simulate</c> on recorded work, held against figures that others published.</summary>
public sealed class SimulateTests
{
    private const int Seeds = 4;

    /// <summary>How far from the published mean of ten orders of arrival ours of four may be, in points.</summary>
    [Theory]
    [InlineData("default", "best-fit", "BestFit", 0.4)]
    [InlineData("default", "fgd", "FGD", 0.4)]
    [InlineData("default", "dot-product", "DotProd", 1)]
    [InlineData("default", "packing", "GpuPacking", 1)]
    [InlineData("default", "clustering", "GpuClustering", 1)]
    [InlineData("gpuspec33", "fgd", "FGD", 0.4)]
    public async Task Known_policies_of_placement_take_as_many_gpus_as_was_published(string workload, string policy, string published, double near)
    {
        JsonElement outcome = await PlacementAsync(workload, policy);
        (double hundred, double end) = Published(workload, published);
        Assert.Equal(Seeds, outcome.GetProperty("seeds").GetInt32());
        Assert.InRange(outcome.GetProperty("atHundred").GetDouble(), hundred - near, hundred + near);
        Assert.InRange(outcome.GetProperty("atEnd").GetDouble(), end - near, end + near);
    }

    [Theory, InlineData("default"), InlineData("cpu250"), InlineData("gpushare40"), InlineData("gpuspec33"), InlineData("multigpu20")]
    public async Task The_default_policy_takes_more_gpus_than_the_best_that_was_published(string workload)
    {
        JsonElement outcome = await PlacementAsync(workload, "default");
        (double hundred, double end) = Published(workload, "FGD");
        Assert.True(outcome.GetProperty("atHundred").GetDouble() > hundred, $"{outcome.GetProperty("atHundred")} > {hundred}");
        Assert.True(outcome.GetProperty("atEnd").GetDouble() > end, $"{outcome.GetProperty("atEnd")} > {end}");
    }

    [Fact]
    public async Task Known_orders_of_queues_give_the_reference_to_the_second()
    {
        string trace = Repository.Shared("traces/philly_jobs_82k.csv.gz");
        Dictionary<string, string> names = new()
        {
            ["FIFO,strict"] = "fifo-strict",
            ["FIFO,skip"] = "fifo-skip",
            ["FIFO,EASY"] = "fifo",
            ["SJF,skip"] = "sjf-skip",
            ["SJF,EASY"] = "sjf",
            ["SmallestArea,EASY"] = "smallest-area",
            ["WFP3,EASY"] = "wfp3",
            ["UNICEP,EASY"] = "unicep",
            ["F1,EASY"] = "f1",
        };
        using Mlp mlp = new();
        Outcome ran = await mlp.RunAsync("simulate", "philly", trace, "--json");
        Assert.Equal(0, ran.Code);
        Dictionary<string, JsonElement> results = JsonElement.Parse(ran.Output).EnumerateArray().ToDictionary(o => o.GetProperty("policy").GetString()!, o => o.GetProperty("result"));

        string[][] rows = [.. (await File.ReadAllLinesAsync(Repository.Shared("traces/queue_policy_reference_pooled.csv"), TestContext.Current.CancellationToken)).Select(l => l.Split(','))];
        string[] head = rows[0];
        foreach (string[] row in rows.Skip(1))
        {
            JsonElement result = results[names[$"{row[0]},{row[1]}"]];
            double Ours(string property) => result.GetProperty(property).GetDouble();
            double Theirs(string column) => double.Parse(row[Array.IndexOf(head, column)], CultureInfo.InvariantCulture);
            foreach ((string property, string column) in new[]
            {
                ("meanCompletion", "jct_mean_s"), ("medianCompletion", "jct_p50_s"), ("p95Completion", "jct_p95_s"), ("meanWait", "wait_mean_s"), ("medianWait", "wait_p50_s"),
                ("p95Wait", "wait_p95_s"), ("makespan", "makespan_s"), ("meanWaitOfLarge", "wait_mean_s_jobs_ge8gpu"), ("longestQueue", "max_queue"),
            })
                Assert.True(Math.Round(Ours(property)) == Theirs(column), $"{row[0]} {row[1]} {column}: {Ours(property)} and {Theirs(column)}");
            Assert.Equal(Theirs("util"), Math.Round(Ours("utilisation"), 4));
            Assert.Equal(Theirs("avg_bounded_slowdown"), Math.Round(Ours("boundedSlowdown"), 2));
        }
    }

    [Fact]
    public async Task The_default_order_is_better_than_any_that_is_known_at_once_for_all_for_large_jobs_and_for_use()
    {
        JsonElement result = await QueueAsync("default");
        Assert.InRange(result.GetProperty("meanCompletion").GetDouble(), 0, 28_000);
        Assert.InRange(result.GetProperty("meanWaitOfLarge").GetDouble(), 0, 200_000);
        Assert.InRange(result.GetProperty("utilisation").GetDouble(), 0.74, 1);
        Assert.InRange(result.GetProperty("longestWait").GetDouble(), 0, result.GetProperty("waitBound").GetDouble());

        JsonElement overstated = await QueueAsync("default", "--overstate", "10");
        Assert.InRange(overstated.GetProperty("meanCompletion").GetDouble(), 0, 1.3 * result.GetProperty("meanCompletion").GetDouble());
    }

    [Fact]
    public async Task The_scheduler_itself_does_nearly_as_well_by_the_same_order()
    {
        // It keeps no headroom, and a promise once made stands until somebody comes before it.
        JsonElement result = await QueueAsync("scheduler");
        Assert.InRange(result.GetProperty("meanCompletion").GetDouble(), 0, 29_000);
        Assert.InRange(result.GetProperty("meanWaitOfLarge").GetDouble(), 0, 215_000);
        Assert.InRange(result.GetProperty("utilisation").GetDouble(), 0.74, 1);
        Assert.InRange(result.GetProperty("longestWait").GetDouble(), 0, result.GetProperty("waitBound").GetDouble());
    }

    [Fact]
    public async Task Small_traces_give_a_table_and_a_page_with_plots()
    {
        using Mlp mlp = new();
        mlp.Write("nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\nn1,16000,65536,2,T4\nn2,16000,65536,2,P100\n");
        mlp.Write("pods.csv", "name,cpu_milli,memory_mib,num_gpu,gpu_milli\np1,4000,1024,1,500\np2,8000,1024,1,1000\np3,1000,1024,0,0\n");
        Outcome ran = await mlp.RunAsync("simulate", "openb", "nodes.csv", "pods.csv", "--seeds", "2", "--html", "page.html");
        Assert.Equal(0, ran.Code);
        Assert.Equal(8, ran.Output.TrimEnd().Split('\n').Length);
        string page = await File.ReadAllTextAsync(Path.Combine(mlp.Folder, "page.html"), TestContext.Current.CancellationToken);
        Assert.Contains("<polyline", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);

        mlp.Write("jobs.swf", "; a comment\n1 0 0 10 2 -1 -1 2 20 -1 1 1 1 1 1 1 -1 -1\n2 1 0 5 4 -1 -1 4 10 -1 1 1 1 1 1 1 -1 -1\n3 2 0 -1 0 -1 -1 0 0 -1 0 1 1 1 1 1 -1 -1\n");
        Outcome swf = await mlp.RunAsync("simulate", "swf", "jobs.swf", "--policy", "fifo", "--html", "swf.html", "--json");
        Assert.Equal(0, swf.Code);
        JsonElement only = JsonElement.Parse(swf.Output)[0];
        Assert.Equal((4, 2, 9), (only.GetProperty("gpus").GetInt32(), only.GetProperty("result").GetProperty("jobs").GetInt32(), only.GetProperty("result").GetProperty("longestWait").GetDouble()));
    }

    public static TheoryData<string, string, string> Wrong => new()
    {
        { "SIM-001", "cannot be read", "openb missing.csv pods.csv" },
        { "SIM-001", "cannot be read", "openb broken.csv.gz pods.csv" },
        { "SIM-002", "no column 'timestamp'", "philly pods.csv" },
        { "SIM-002", "is empty", "philly empty.csv" },
        { "SIM-003", "line 2: cpu_milli is 'many'", "openb nodes.csv wrong.csv" },
        { "SIM-003", "line 1", "swf pods.csv" },
        { "SIM-004", "one list of nodes", "openb pods.csv" },
        { "SIM-004", "--seeds", "openb nodes.csv pods.csv --seeds 0" },
        { "SIM-004", "A job asks for 4 devices", "swf jobs.swf --gpus 2" },
        { "SIM-004", "--part is '3/2'", "swf jobs.swf --part 3/2" },
        { "SIM-004", "--overstate one from 1", "swf jobs.swf --overstate 0.5" },
        { "SIM-004", "There are no jobs", "philly few.csv --cluster b" },
        { "SIM-002", "no column 'cluster'", "philly less.csv --cluster b" },
        { "SIM-005", "'magic'", "openb nodes.csv pods.csv --policy magic" },
        { "CLI-048", "cannot be written", "openb nodes.csv pods.csv --seeds 1 --html no/page.html" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public async Task What_is_no_experiment_is_refused_with_its_reason(string code, string says, string arguments)
    {
        using Mlp mlp = new();
        mlp.Write("nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\nn1,16000,65536,2,T4\n");
        mlp.Write("pods.csv", "name,cpu_milli,memory_mib,num_gpu,gpu_milli\np1,4000,1024,1,500\n");
        mlp.Write("wrong.csv", "name,cpu_milli,memory_mib,num_gpu,gpu_milli\np1,many,1024,1,500\n");
        mlp.Write("jobs.swf", "1 0 0 10 4 -1 -1 4 20\n");
        mlp.Write("few.csv", "timestamp,duration,num_gpus,cluster\n2020-01-01 00:00:00,10,1,a\n");
        mlp.Write("less.csv", "timestamp,duration,num_gpus\n2020-01-01 00:00:00,10,1\n");
        mlp.Write("empty.csv", "");
        mlp.Write("broken.csv.gz", "this is not gzip");
        Outcome ran = await mlp.RunAsync(["simulate", .. arguments.Split(' ')]);
        Assert.Equal(2, ran.Code);
        Assert.Contains(code, ran.Error, StringComparison.Ordinal);
        Assert.Contains(says, ran.Error, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> PlacementAsync(string workload, string policy)
    {
        using Mlp mlp = new();
        Outcome ran = await mlp.RunAsync(
            "simulate", "openb", Repository.Shared("traces/openb/openb_node_list_gpu_node.csv.gz"), Repository.Shared($"traces/openb/openb_pod_list_{workload}.csv.gz"),
            "--policy", policy, "--seeds", $"{Seeds}", "--json");
        Assert.True(ran.Code == 0, ran.Error);
        return JsonElement.Parse(ran.Output)[0];
    }

    private static async Task<JsonElement> QueueAsync(string policy, params string[] more)
    {
        using Mlp mlp = new();
        Outcome ran = await mlp.RunAsync(["simulate", "philly", Repository.Shared("traces/philly_jobs_82k.csv.gz"), "--policy", policy, "--json", .. more]);
        Assert.True(ran.Code == 0, ran.Error);
        return JsonElement.Parse(ran.Output)[0].GetProperty("result");
    }

    private static (double Hundred, double End) Published(string workload, string policy)
    {
        string[] row = File.ReadLines(Repository.Shared("traces/fgd_published_alloc_by_workload.csv")).Select(l => l.Split(',')).Single(r => r[0] == workload && r[1] == policy);
        return (double.Parse(row[3], CultureInfo.InvariantCulture), double.Parse(row[4], CultureInfo.InvariantCulture));
    }
}
