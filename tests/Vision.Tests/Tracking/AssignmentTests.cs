using Weir.Vision.Tracking;

namespace Weir.Vision.Tests.Tracking;

public sealed class AssignmentTests
{
    [Fact]
    public void No_other_pairs_are_cheaper()
    {
        var random = new Random(11);
        for (var round = 0; round < 300; round++)
        {
            var (rows, columns) = (random.Next(1, 6), random.Next(1, 6));
            var cost = new float[rows, columns];
            for (var i = 0; i < rows; i++)
                for (var j = 0; j < columns; j++) cost[i, j] = random.NextSingle();
            const float limit = 0.7f;

            var pairs = Assignment.Solve(cost, limit);

            var used = pairs.Where(column => column >= 0).ToList();
            Assert.Equal(used.Count, used.Distinct().Count());
            Assert.All(Enumerable.Range(0, rows).Where(i => pairs[i] >= 0), i => Assert.True(cost[i, pairs[i]] <= limit));
            Assert.Equal(Cheapest(cost, 0, [], limit), Total(cost, pairs, limit), 3);
        }
    }

    [Fact]
    public void Without_rows_or_columns_there_are_no_pairs()
    {
        Assert.Empty(Assignment.Solve(new float[0, 3], 1));
        Assert.Equal([-1, -1], Assignment.Solve(new float[2, 0], 1));
    }

    private static float Total(float[,] cost, int[] pairs, float limit) => pairs.Select((column, row) => column < 0 ? limit + 1 : cost[row, column]).Sum();

    private static float Cheapest(float[,] cost, int row, HashSet<int> used, float limit)
    {
        if (row == cost.GetLength(0)) return 0;
        var best = limit + 1 + Cheapest(cost, row + 1, used, limit);
        for (var column = 0; column < cost.GetLength(1); column++)
        {
            if (cost[row, column] > limit || !used.Add(column)) continue;
            best = Math.Min(best, cost[row, column] + Cheapest(cost, row + 1, used, limit));
            used.Remove(column);
        }
        return best;
    }
}
