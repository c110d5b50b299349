META
key;value
description;A village of ten voters, invented
country;Nowhere
unit;Village
instance;2030
num_projects;4
num_votes;10
budget;100
vote_type;approval
rule;greedy
date_begin;2030
date_end;2030
currency;EUR
comment;#1: Six voters live by the river and want a bridge and a boat, four live on the hill and want a well.
PROJECTS
project_id;cost;votes;name;selected
bridge;50;6;Footbridge;1
boat;50;6;Rowing boat for all;1
well;40;4;Well on the hill;0
bench;8;1;Bench;0
VOTES
voter_id;vote;age;district
1;bridge,boat;34;river
2;bridge,boat;61;river
3;bridge,boat;17;river
4;bridge,boat;45;river
5;bridge,boat;29;river
6;bridge,boat;70;river
7;well;15;hill
8;well;52;hill
9;well;38;hill
10;well,bench;66;hill
