using System.Text.Json;
using MLPlatform.Core.Jobs;
using Xunit;

namespace MLPlatform.Tests.Jobs;

/// <summary>What processes of a distributed training are told, and when it is over.</summary>
public class RoleTests
{
    private static readonly Dictionary<string, RoleDeclaration> Cluster = new()
    {
        ["ps"] = new() { Count = 2 },
        ["worker"] = new() { Count = 2, Environment = new Dictionary<string, string> { ["X"] = "y" } },
        ["chief"] = new(),
    };

    [Fact]
    public void The_chief_is_rank_0_and_parameter_servers_have_none()
    {
        IReadOnlyList<RoleProcess> all = RoleLayout.Of(Cluster, "127.0.0.1", [1, 2, 3, 4, 5, 9]);
        Assert.Equal(["chief-0:0", "ps-0:", "ps-1:", "worker-0:1", "worker-1:2"], all.Select(p => $"{p.Name}:{p.Rank}"));
        Assert.All(all, p => Assert.Equal(("3", "127.0.0.1", "9"), (p.Environment["WORLD_SIZE"], p.Environment["MASTER_ADDR"], p.Environment["MASTER_PORT"])));
        Assert.Equal(("2", "2", "y"), (all[4].Environment["RANK"], all[4].Environment["LOCAL_RANK"], all[4].Environment["X"]));
        Assert.False(all[1].Environment.ContainsKey("RANK"));
        JsonElement config = JsonElement.Parse(all[4].Environment["TF_CONFIG"]);
        Assert.Equal(("worker", 1), (config.GetProperty("task").GetProperty("type").GetString(), config.GetProperty("task").GetProperty("index").GetInt32()));
        Assert.Equal(["127.0.0.1:2", "127.0.0.1:3"], config.GetProperty("cluster").GetProperty("ps").EnumerateArray().Select(a => a.GetString()));
    }

    [Fact]
    public void It_is_over_when_all_but_the_parameter_servers_succeeded()
    {
        RoleJudge judge = new(Cluster);
        Assert.IsType<RoleVerdict.GoOn>(judge.Ended("worker", 0, 0));
        Assert.IsType<RoleVerdict.GoOn>(judge.Ended("chief", 0, 0));
        Assert.IsType<RoleVerdict.Succeed>(judge.Ended("worker", 1, 0));
    }

    [Fact]
    public void One_failure_ends_all_unless_the_role_says_otherwise()
    {
        Assert.IsType<RoleVerdict.Fail>(new RoleJudge(Cluster).Ended("worker", 0, 3));
        RoleJudge again = new(new Dictionary<string, RoleDeclaration> { ["worker"] = new() { Count = 2, Failure = RoleFailure.Restart, Restarts = 2 } });
        Assert.IsType<RoleVerdict.StartAgain>(again.Ended("worker", 0, 1));
        Assert.IsType<RoleVerdict.StartAgain>(again.Ended("worker", 0, 1));
        Assert.IsType<RoleVerdict.StartAgain>(again.Ended("worker", 1, 1));
        Assert.Contains("after 2 restarts", Assert.IsType<RoleVerdict.Fail>(again.Ended("worker", 0, 1)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_role_where_any_is_enough_one_success_ends_it_and_no_success_fails_it()
    {
        Dictionary<string, RoleDeclaration> any = new() { ["searcher"] = new() { Count = 2, Success = RoleSuccess.Any, Failure = RoleFailure.Ignore } };
        RoleJudge lucky = new(any), unlucky = new(any);
        Assert.IsType<RoleVerdict.GoOn>(lucky.Ended("searcher", 1, 1));
        Assert.IsType<RoleVerdict.Succeed>(lucky.Ended("searcher", 0, 0));
        Assert.IsType<RoleVerdict.GoOn>(unlucky.Ended("searcher", 0, 1));
        Assert.IsType<RoleVerdict.Fail>(unlucky.Ended("searcher", 1, 1));
    }

    [Fact]
    public void Whatever_happens_in_whatever_order_it_is_over_once_all_have_ended()
    {
        Random draw = new(3);
        for (int i = 0; i < 500; i++)
        {
            Dictionary<string, RoleDeclaration> roles = Enumerable.Range(0, draw.Next(1, 4)).ToDictionary(r => $"role{r}", _ => new RoleDeclaration
            {
                Count = draw.Next(1, 4),
                Success = (RoleSuccess)draw.Next(3),
                Failure = (RoleFailure)draw.Next(3),
                Restarts = 1,
            });
            RoleJudge judge = new(roles);
            Queue<(string, int)> left = new(roles.SelectMany(r => Enumerable.Range(0, r.Value.Count).Select(n => (r.Key, n))).OrderBy(_ => draw.Next()));
            RoleVerdict last = new RoleVerdict.GoOn();
            while (last is not (RoleVerdict.Succeed or RoleVerdict.Fail))
            {
                Assert.True(left.TryDequeue(out (string Role, int Index) next), "all ended, and it is not over");
                last = judge.Ended(next.Role, next.Index, draw.Next(2));
                if (last is RoleVerdict.StartAgain)
                    left.Enqueue(next);
            }
        }
    }
}
